package main

import (
	"context"
	"net/url"
	"time"

	"github.com/auth0/go-jwt-middleware/v2/jwks"
	"github.com/auth0/go-jwt-middleware/v2/validator"
)

// begin docs/verifying.md
type roleClaim struct {
	Role string `json:"role"`
}

func (roleClaim) Validate(context.Context) error { return nil }

func goJWTMiddleware(context.Context) (verifier, error) {
	address, err := url.Parse(issuer)
	if err != nil {
		return nil, err
	}
	// It does not read the keys for an unknown kid.
	keys := jwks.NewCachingProvider(address, time.Minute)
	tokens, err := validator.New(keys.KeyFunc, validator.SignatureAlgorithm(algorithm), issuer, []string{audience},
		validator.WithAllowedClockSkew(5*time.Second),
		validator.WithCustomClaims(func() validator.CustomClaims { return &roleClaim{} }))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, text string) (user, error) {
		token, err := tokens.ValidateToken(ctx, text)
		if err != nil {
			return user{}, err
		}
		claims := token.(*validator.ValidatedClaims)
		return user{claims.RegisteredClaims.Subject, claims.CustomClaims.(*roleClaim).Role}, nil
	}, nil
}

// end docs/verifying.md
