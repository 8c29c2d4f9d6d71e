package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"gatepass-generators/generated/gatepass"
)

// begin docs/clients.md

// problemOf reads the problem document of a refused request.
func problemOf(err error) gatepass.Problem {
	var apiError *gatepass.GenericOpenAPIError
	if !errors.As(err, &apiError) {
		log.Fatal(err)
	}
	problem, isProblem := apiError.Model().(gatepass.Problem)
	if !isProblem {
		log.Fatal(err)
	}
	return problem
}

func main() {
	configuration := gatepass.NewConfiguration()
	configuration.Servers = gatepass.ServerConfigurations{{URL: os.Getenv("GATEPASS_URL")}}
	client := gatepass.NewAPIClient(configuration)
	ctx := context.Background()

	credentials := gatepass.NewLoginRequest(os.Getenv("GATEPASS_EMAIL"), os.Getenv("GATEPASS_PASSWORD"))
	tokens, _, err := client.AuthenticationAPI.Login(ctx).LoginRequest(*credentials).Execute()
	if err != nil {
		log.Fatal(problemOf(err).Code)
	}
	ctx = context.WithValue(ctx, gatepass.ContextAccessToken, tokens.AccessToken)
	me, _, err := client.AccountAPI.WhoAmI(ctx).Execute()
	check(err)
	// end docs/clients.md
	fmt.Println("login", tokens.SessionId)
	fmt.Println("me", me.Role, me.GetLevel())
	claims, err := json.Marshal(me.Claims)
	check(err)
	fmt.Println("claims", string(claims))

	page, _, err := client.AccountAPI.ListMySessions(ctx).Execute()
	check(err)
	fmt.Println("sessions", len(page.Sessions), page.Sessions[0].CreatedAt.Format(time.RFC3339))
	keySet, _, err := client.KeysAPI.ListPublicKeys(ctx).Execute()
	check(err)
	fmt.Println("keys", keySet.Keys[0].Alg, keySet.Keys[1].Alg)
	_, _, err = client.AdminAPI.ListUsers(ctx).Execute()
	forbidden := problemOf(err)
	fmt.Println("forbidden", forbidden.Status, forbidden.Code)

	// Keep the refresh token of each response: it is the one for the next refresh.
	refreshed, _, err := client.AuthenticationAPI.Refresh(ctx).RefreshRequest(gatepass.RefreshRequest{RefreshToken: tokens.RefreshToken}).Execute()
	check(err)
	fmt.Println("refresh", refreshed.SessionId)
	_, err = client.AuthenticationAPI.Logout(ctx).LogoutRequest(gatepass.LogoutRequest{RefreshToken: refreshed.RefreshToken}).Execute()
	check(err)
	fmt.Println("logout")
	_, _, err = client.AccountAPI.WhoAmI(context.WithValue(ctx, gatepass.ContextAccessToken, refreshed.AccessToken)).Execute()
	refused := problemOf(err)
	fmt.Println("refused", refused.Status, refused.Code)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
