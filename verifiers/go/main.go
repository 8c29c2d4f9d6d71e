// Serves GET /NAME for each verifier: 200 with user and role where the bearer token is accepted, 401 with the reason otherwise.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"
)

var issuer, audience, algorithm = os.Getenv("ISSUER"), os.Getenv("AUDIENCE"), os.Getenv("ALGORITHM")

// begin docs/verifying.md
type user struct {
	ID   string `json:"user"`
	Role string `json:"role"`
}

// verifier returns the user of an access token, or why it is refused.
type verifier func(ctx context.Context, token string) (user, error)

// end docs/verifying.md

func main() {
	ctx := context.Background()
	for name, create := range map[string]func(context.Context) (verifier, error){
		"golang-jwt":        golangJWT,
		"go-oidc":           goOIDC,
		"jwx":               jwx,
		"go-jwt-middleware": goJWTMiddleware,
		"zitadel":           zitadel,
	} {
		verify, err := create(ctx)
		if err != nil {
			log.Fatal(name, ": ", err)
		}
		http.HandleFunc("/"+name, func(w http.ResponseWriter, r *http.Request) {
			found, err := verify(r.Context(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			if err != nil {
				http.Error(w, err.Error(), http.StatusUnauthorized)
				return
			}
			json.NewEncoder(w).Encode(found)
		})
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
