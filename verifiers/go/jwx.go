package main

import (
	"context"
	"errors"
	"time"

	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// begin docs/verifying.md
func jwx(ctx context.Context) (verifier, error) {
	address := issuer + "/.well-known/jwks.json"
	cache, err := jwk.NewCache(ctx, httprc.NewClient())
	if err != nil {
		return nil, err
	}
	// It does not read the keys for an unknown kid, and without the interval every 15 minutes.
	if err := cache.Register(ctx, address, jwk.WithConstantInterval(time.Minute)); err != nil {
		return nil, err
	}
	keys, err := cache.CachedSet(address)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, text string) (user, error) {
		token, err := jwt.ParseString(text, jwt.WithKeySet(keys), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
			jwt.WithRequiredClaim("exp"), jwt.WithAcceptableSkew(5*time.Second))
		if err != nil {
			return user{}, err
		}
		message, err := jws.ParseString(text)
		if err != nil {
			return user{}, err
		}
		if typ, _ := message.Signatures()[0].ProtectedHeaders().Type(); typ != "at+jwt" {
			return user{}, errors.New("not an access token")
		}
		var role string
		err = token.Get("role", &role)
		subject, _ := token.Subject()
		return user{subject, role}, err
	}, nil
}

// end docs/verifying.md
