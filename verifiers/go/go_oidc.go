package main

import (
	"context"

	"github.com/coreos/go-oidc/v3/oidc"
)

// begin docs/verifying.md
func goOIDC(ctx context.Context) (verifier, error) {
	keys := oidc.NewRemoteKeySet(ctx, issuer+"/.well-known/jwks.json")
	// Without the algorithms it accepts RS256 alone.
	tokens := oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{algorithm}})
	return func(ctx context.Context, text string) (user, error) {
		token, err := tokens.Verify(ctx, text)
		if err != nil {
			return user{}, err
		}
		var claims struct{ Role string }
		err = token.Claims(&claims)
		return user{token.Subject, claims.Role}, err
	}, nil
}

// end docs/verifying.md
