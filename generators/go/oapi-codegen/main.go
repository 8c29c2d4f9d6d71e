package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	gatepass "gatepass-generators/generated"

	"github.com/oapi-codegen/runtime/types"
)

// begin docs/clients.md

// problemOf reads the problem document of a refused request.
func problemOf(body []byte) (problem gatepass.Problem) {
	if err := json.Unmarshal(body, &problem); err != nil {
		log.Fatalf("no problem document: %s", body)
	}
	return problem
}

func main() {
	ctx := context.Background()
	email, password := types.Email(os.Getenv("GATEPASS_EMAIL")), os.Getenv("GATEPASS_PASSWORD")
	var accessToken string
	client, err := gatepass.NewClientWithResponses(os.Getenv("GATEPASS_URL"), gatepass.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			if accessToken != "" {
				request.Header.Set("Authorization", "Bearer "+accessToken)
			}
			return nil
		}))
	check(err)

	login, err := client.LoginWithResponse(ctx, gatepass.LoginRequest{Email: email, Password: password})
	check(err)
	if login.JSON200 == nil {
		log.Fatal(problemOf(login.Body).Code)
	}
	tokens := login.JSON200
	accessToken = tokens.AccessToken
	me, err := client.WhoAmIWithResponse(ctx)
	check(err)
	// end docs/clients.md
	fmt.Println("login", tokens.SessionId)
	fmt.Println("me", me.JSON200.Role, *me.JSON200.Level)
	claims, err := json.Marshal(me.JSON200.Claims)
	check(err)
	fmt.Println("claims", string(claims))

	sessions, err := client.ListMySessionsWithResponse(ctx, nil)
	check(err)
	fmt.Println("sessions", len(sessions.JSON200.Sessions), sessions.JSON200.Sessions[0].CreatedAt.Format(time.RFC3339))
	keys, err := client.ListPublicKeysWithResponse(ctx, nil)
	check(err)
	fmt.Println("keys", keys.JSON200.Keys[0].Alg, keys.JSON200.Keys[1].Alg)
	forbidden, err := client.ListUsersWithResponse(ctx, nil)
	check(err)
	fmt.Println("forbidden", forbidden.StatusCode(), problemOf(forbidden.Body).Code)

	// Keep the refresh token of each response: it is the one for the next refresh.
	refresh, err := client.RefreshWithResponse(ctx, gatepass.RefreshRequest{RefreshToken: tokens.RefreshToken})
	check(err)
	refreshed := refresh.JSON200
	accessToken = refreshed.AccessToken
	fmt.Println("refresh", refreshed.SessionId)
	logout, err := client.LogoutWithResponse(ctx, gatepass.LogoutRequest{RefreshToken: refreshed.RefreshToken})
	check(err)
	if logout.StatusCode() == http.StatusNoContent {
		fmt.Println("logout")
	}
	refused, err := client.WhoAmIWithResponse(ctx)
	check(err)
	fmt.Println("refused", refused.StatusCode(), problemOf(refused.Body).Code)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
