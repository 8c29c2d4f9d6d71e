package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// begin docs/verifying.md
func zitadel(context.Context) (verifier, error) {
	keys := rp.NewRemoteKeySet(http.DefaultClient, issuer+"/.well-known/jwks.json")
	tokens := op.NewAccessTokenVerifier(issuer, keys, op.WithSupportedAccessTokenSigningAlgorithms(algorithm))
	return func(ctx context.Context, text string) (user, error) {
		claims, err := op.VerifyAccessToken[*oidc.AccessTokenClaims](ctx, text, tokens)
		if err != nil {
			return user{}, err
		}
		// It checks neither the audience nor nbf.
		if !slices.Contains(claims.Audience, audience) || claims.NotBefore.AsTime().After(time.Now()) {
			return user{}, errors.New("not for this service, or not yet")
		}
		role, _ := claims.Claims["role"].(string)
		return user{claims.Subject, role}, nil
	}, nil
}

// end docs/verifying.md
