package main

import (
	"context"
	"errors"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// begin docs/verifying.md
func golangJWT(ctx context.Context) (verifier, error) {
	address := issuer + "/.well-known/jwks.json"
	// Without the interval it reads the keys once an hour.
	keys, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{address}, keyfunc.Override{RefreshInterval: 5 * time.Minute})
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithValidMethods([]string{algorithm}),
		jwt.WithExpirationRequired(), jwt.WithLeeway(5*time.Second),
	)
	return func(_ context.Context, text string) (user, error) {
		claims := jwt.MapClaims{}
		token, err := parser.ParseWithClaims(text, claims, keys.Keyfunc)
		if err != nil {
			return user{}, err
		}
		if token.Header["typ"] != "at+jwt" {
			return user{}, errors.New("not an access token")
		}
		subject, _ := claims["sub"].(string)
		role, _ := claims["role"].(string)
		return user{subject, role}, nil
	}, nil
}

// end docs/verifying.md
