// Made from openapi.yaml by "npm run openapi": do not edit.

export interface paths {
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process is alive, regardless of its dependencies
         * @description For the liveness probe of an orchestrator: restart the process if there is no response.
         */
        get: operations["isLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether requests can be served; a 503 names the failed checks
         * @description For load balancers and the readiness probe of an orchestrator: send no requests while it fails. While only the
         *     database is down, it does not fail, because tokens are verified without it: `database` is "down" then. Before the process
         *     ends, it fails with the path `draining`.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The public keys that access tokens are verified with
         * @description The JWKS that `jwks_uri` of the metadata names, for libraries that verify tokens. Cache it as long as the response allows.
         */
        get: operations["listPublicKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/oauth-authorization-server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The metadata of the issuer
         * @description Names the key set and the revocation feed (RFC 8414), for libraries that are configured with the issuer alone.
         */
        get: operations["readMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/openid-configuration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same document at the address where OpenID Connect libraries look; this is no OpenID provider
         * @description Names the key set and the revocation feed (RFC 8414), for libraries that are configured with the issuer alone.
         */
        get: operations["readOpenidConfiguration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a session with e-mail and password
         * @description The refresh token is in the body, or with `delivery: cookie` in an HttpOnly cookie. Attempts are limited.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login/second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The second step of a login: give a second factor
         * @description For a 401 `second_factor_required`, within five minutes. A wrong one may be followed by another; codes of an authenticator app are limited, recovery codes and passkeys are not.
         */
        post: operations["giveSecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh a session: exchange its refresh token for new tokens
         * @description Send the refresh token in the body or in the cookie, never in both: the new one is where the old one was. A lost response can be fetched again with the same token; a much older token ends the session, because two parties hold it.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a session, by any refresh token it ever had
         * @description Send the refresh token in the body or in the cookie, never in both. The access tokens of the session are rejected at every edge. The response is the same if there is no such session.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The options for a login with a passkey; no database query
         * @description For a button, and for autofill (`mediation: "conditional"`): nobody has to type an e-mail. The challenge is good for one login, within 60 minutes.
         */
        post: operations["beginPasskeyLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/passkeys/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a session with a passkey alone
         * @description The passkey has to verify its user, by PIN or biometrics. With the `rp_id` and the `credential_id` of a 401 `unknown_passkey`, `PublicKeyCredential.signalUnknownCredential` has the browser forget the passkey.
         */
        post: operations["loginWithPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/webauthn": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The origins whose pages may use the passkeys of this domain
         * @description For browsers (WebAuthn 5.11), which read it at PASSKEY_RP_ID: the web origins of PASSKEY_ORIGINS.
         */
        get: operations["listPasskeyOrigins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an account for yourself, if registration is open
         * @description Where the service sends mail, send no password: there is no account before the link or the code of the mail comes back. Where it sends none, the account is created with `password`. It gets the role of DEFAULT_ROLE. No session begins here.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/register/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create the account, with the link or the code of the mail
         * @description The proof is good once. A password that is too weak does not use it up. Log in afterwards: no session begins here.
         */
        post: operations["completeRegistration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a link mailed to choose a new password
         * @description The response is the same for every address, in the same time.
         */
        post: operations["requestPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password-reset/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose a new password, with the link of the mail, and end all sessions
         * @description For the links of a reset and of an invitation. The link works once. A password that is too weak does not use it up. Log in afterwards: no session begins here.
         */
        post: operations["completePasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check an access token for a gateway (auth_request, forward_auth); no database query
         * @description The response has no body: the user is in its headers, which the gateway must copy over those of the request. HEAD, too.
         */
        get: operations["checkToken"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/revocations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Revocations and keys, as a stream of events or as one JSON document
         * @description For services that verify tokens. The stream tells of each revocation at once; the document is for those that poll.
         */
        get: operations["readRevocations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user that the access token identifies; no database query
         * @description What the access token says, and which capabilities its role has.
         */
        get: operations["whoAmI"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/step-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove again who you are: get an access token for routes that ask for a recent proof
         * @description For a 401 `insufficient_user_authentication`. The token has the time and the level of the proof; the session is unchanged.
         */
        post: operations["stepUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/step-up/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The options to prove again who you are with a passkey
         * @description Your passkey signs the challenge; then send it to POST /auth/step-up. 404: you have no passkey for this service.
         */
        post: operations["beginPasskeyStepUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your account
         * @description As it is now in the database; `GET /me` says what the access token says.
         */
        get: operations["findMyAccount"];
        put?: never;
        post?: never;
        /**
         * Delete your account, with all your sessions
         * @description It asks for a recent proof. The id is never used again; audit events stay. The last admin cannot be deleted.
         */
        delete: operations["deleteMyAccount"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change your password and end all your other sessions
         * @description The current session stays; its client refreshes when it is told to. Wrong passwords count as failed logins. Where a login needs a second factor, the access token must be of the level `aal2`. The change is told by mail, if the service sends any; links and codes in earlier mails do nothing any more.
         */
        put: operations["changeMyPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your active sessions, newest first
         * @description A page of them; `next` is the `after` of the next page. `current` marks the session of this request.
         */
        get: operations["listMySessions"];
        put?: never;
        post?: never;
        /**
         * End all your sessions, the current one too
         * @description You are logged out on all devices. Log in again afterwards.
         */
        delete: operations["endAllMySessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of your sessions
         * @description Its refresh token no longer works, and its access tokens are rejected at every edge.
         */
        delete: operations["endMySession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a code mailed to your new e-mail
         * @description It asks for a recent proof. The response does not say whether somebody has this e-mail. Nothing changes before the code is confirmed.
         */
        post: operations["requestEmailChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/email/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm your new e-mail with the code that was mailed to it
         * @description It asks for a recent proof. The old e-mail is told. Sessions go on; links and codes in earlier mails do nothing any more.
         */
        post: operations["confirmEmailChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/email/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a code mailed to your e-mail
         * @description For an account that was created without a mail. It may be verified again; the time of the first proof stays.
         */
        post: operations["requestEmailVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/email/verification/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify your e-mail with the code that was mailed to it
         * @description Sets `email_verified_at` of your account, unless it is set.
         */
        post: operations["confirmEmailVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/security": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your second factors and passkeys
         * @description What you can log in with. A token that is good for enrolling only reads it, too, as long as there is no second factor.
         */
        get: operations["findMySecurity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a secret for an authenticator app
         * @description Confirm it within a day; until then a secret that is in use stays in use. It asks for a recent proof, of the level `aal2` where a login needs a second factor.
         */
        post: operations["startTotp"];
        /**
         * Remove the authenticator app
         * @description Recovery codes go with it, if there is no passkey. It asks for a recent proof, of the level `aal2` where a login needs a second factor. The change is told by mail, if the service sends any.
         */
        delete: operations["removeTotp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm the secret with a code of the app
         * @description From then on a login needs a second factor, and your other sessions end. The response has ten new recovery codes, which replace all others. It asks for a recent proof, of the level `aal2` where a login needs a second factor. The change is told by mail, if the service sends any.
         */
        post: operations["confirmTotp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get ten new recovery codes
         * @description Those of before do nothing any more. It asks for a recent proof, of the level `aal2` where a login needs a second factor. The change is told by mail, if the service sends any.
         */
        post: operations["renewRecoveryCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Choose whether a login needs a second factor
         * @description It cannot be switched on without one, nor off where SECOND_FACTOR asks for one. It asks for a recent proof, of the level `aal2` where a login needs a second factor. The change is told by mail, if the service sends any.
         */
        put: operations["requireSecondFactor"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The options to make a passkey for your account
         * @description It asks for a recent proof. Your browser makes the passkey; then send it to POST /account/passkeys.
         */
        post: operations["beginPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a passkey that your browser has made
         * @description It asks for a recent proof. The first second factor of an account ends all its other sessions. The change is told by mail, if the service sends any.
         */
        post: operations["addPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove one of your passkeys
         * @description It asks for a recent proof. The last second factor stays while your account needs one. The change is told by mail, if the service sends any.
         */
        delete: operations["removePasskey"];
        options?: never;
        head?: never;
        /**
         * Give one of your passkeys another name
         * @description It asks for a recent proof. The name is for you alone; your browser does not learn it.
         */
        patch: operations["renamePasskey"];
        trace?: never;
    };
    "/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Users, newest first
         * @description A page of them; `next` is the `after` of the next page.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Create a user
         * @description With a password, the user can log in at once. Without one, the user gets a mail with a link to set it, good for 7 days.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One user
         * @description As the database has it now.
         */
        get: operations["findUser"];
        put?: never;
        post?: never;
        /**
         * Delete a user and end all sessions of the user
         * @description The id is never used again; audit events about the user stay. The last admin cannot be deleted.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /**
         * Change a user
         * @description A new role and new claims take effect at every edge at once; a new password or disabling ends every session. A new password and a new e-mail are told by mail, if the service sends any; links and codes in earlier mails do nothing any more.
         */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/admin/users/{id}/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mail a user a link to set a password
         * @description An invitation, good for 7 days, to who has none yet; to everybody else the link of a forgotten password, good for an hour. A disabled user is refused.
         */
        post: operations["sendPasswordMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{id}/second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove all second factors of a user
         * @description For somebody who has lost them: authenticator app, recovery codes and passkeys. Make sure who asks for it. Every session of the user ends, and the user is told by mail, if the service sends any. It asks for a recent proof.
         */
        delete: operations["removeSecondFactorsOfUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Active sessions of a user, newest first
         * @description A page of them; `next` is the `after` of the next page.
         */
        get: operations["listSessionsOfUser"];
        put?: never;
        post?: never;
        /**
         * End all sessions of a user
         * @description Their access tokens are rejected at every edge. The user may log in again: disable the user to prevent it.
         */
        delete: operations["endSessionsOfUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one session of any user
         * @description Its refresh token no longer works, and its access tokens are rejected at every edge.
         */
        delete: operations["endSessionOfAnyone"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End all sessions of all users, your own too: after a leak, or after the database was restored
         * @description Everybody has to log in again. All access tokens are rejected at every edge.
         */
        delete: operations["endSessionsOfEverybody"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The signing keys and their schedule
         * @description Nothing of a private key is in the response. `GET /.well-known/jwks.json` has the public keys.
         */
        get: operations["listSigningKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/keys/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the signing key, or revoke a compromised one
         * @description An orderly rotation lets the standby key sign; tokens of the old key stay valid. Tokens of a revoked key are rejected.
         */
        post: operations["rotateSigningKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Audit events, newest first
         * @description A page of them; `next` is the `after` of the next page. Events are kept for AUDIT_RETENTION_DAYS.
         */
        get: operations["listAuditEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/mails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Mails, newest first
         * @description A page of them; `next` is the `after` of the next page. A mail is kept for a month after its end, its address for a week.
         */
        get: operations["listMails"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/mails/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a mail again that has failed or expired, or one that waits, now
         * @description It is sent within a minute. Of a mail that was sent or is void, or ended more than a week ago, nothing can be sent.
         */
        post: operations["retryMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Done soon. */
        Accepted: Record<string, never>;
        /** @description Your account, and how this access token was authenticated. */
        Account: {
            /**
             * Format: uuid
             * @description The id of the user. It never changes, and is never reused.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * @description E-mail, as it was typed when the account was created.
             * @example user1@example.com
             */
            email: string;
            role: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @description When the account was created.
             * @example 2026-01-01T00:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When somebody first proved to read the mailbox of the e-mail; null: nobody has.
             * @example 2026-01-01T00:00:00.000Z
             */
            email_verified_at: string | null;
            claims: components["schemas"]["Claims"];
            /**
             * Format: int32
             * @description How strong the last proof was, as the access token says; null for a machine.
             * @example 1
             */
            level: number | null;
            /**
             * Format: date-time
             * @description When the user proved who they are, as the access token says; null for a machine.
             * @example 2026-01-01T00:00:00.000Z
             */
            auth_time: string | null;
        };
        /** @description A passkey that the browser has made. */
        AddPasskeyRequest: {
            /**
             * @description The name of the passkey, for its user.
             * @example My phone
             */
            name: string;
            credential: components["schemas"]["PublicKeyCredential"];
        };
        /**
         * @description More data; depends on the type.
         * @example {}
         */
        AuditDetails: {
            [key: string]: unknown;
        };
        /** @description An audit event. */
        AuditEvent: {
            /**
             * Format: uuid
             * @description The event's id.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * Format: date-time
             * @description When it happened.
             * @example 2026-01-01T00:00:00.000Z
             */
            at: string;
            type: components["schemas"]["AuditType"];
            /**
             * Format: uuid
             * @description The user that the event is about.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            user_id: string | null;
            /**
             * Format: uuid
             * @description The user who did it; null for the service, the command line, and a client that is not logged in.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            actor_id: string | null;
            /**
             * Format: uuid
             * @description The session that the event is about.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            session_id: string | null;
            /**
             * @description The IP address of the client.
             * @example 192.0.2.1
             */
            ip: string | null;
            /**
             * @description The User-Agent header of the request.
             * @example curl/8.5.0
             */
            user_agent: string | null;
            /**
             * @description The id of the request in the log.
             * @example req-1
             */
            request_id: string | null;
            details: components["schemas"]["AuditDetails"];
        };
        /** @description A page of audit events. */
        AuditPage: {
            /** @description Newest first. */
            events: components["schemas"]["AuditEvent"][];
            /**
             * @description The `after` of the next page; null on the last page.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            next: string | null;
        };
        /**
         * @description The type of an event.
         * @example login
         * @enum {string}
         */
        AuditType: "login" | "login_failed" | "refresh_reuse" | "refresh_ahead" | "refresh_shared" | "logout" | "session_ended" | "sessions_ended" | "step_up" | "password_changed" | "user_created" | "user_role_changed" | "user_claims_changed" | "user_email_changed" | "user_disabled" | "user_enabled" | "user_deleted" | "user_invited" | "registration_requested" | "password_reset_requested" | "password_reset" | "email_verification_requested" | "email_verified" | "email_change_requested" | "proof_rejected" | "credentials_removed" | "mail_retried" | "second_factor_demanded" | "second_factor_rejected" | "second_factor_required" | "second_factors_removed" | "enrolment_demanded" | "totp_added" | "totp_removed" | "recovery_codes_made" | "recovery_code_used" | "passkey_added" | "passkey_renamed" | "passkey_removed" | "passkey_rejected" | "passkey_counter" | "keys_rotated" | "key_revoked" | "signing_key_rejected";
        /** @description What the authenticator has signed. */
        AuthenticatorResponse: {
            [key: string]: unknown;
        };
        /** @description The new e-mail. */
        ChangeEmailRequest: {
            /**
             * Format: email
             * @description E-mail. Case, and white space around it, are ignored.
             * @example user3@example.com
             */
            email: string;
        };
        /** @description The password of now, and the next one. */
        ChangePasswordRequest: {
            /**
             * Format: password
             * @description The password. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example the password that the first start has written to its terminal
             */
            current_password: string;
            /**
             * Format: password
             * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example a long sentence of your own
             */
            new_password: string;
        };
        /** @description New values; an absent member is not changed. */
        ChangeUserRequest: {
            role?: components["schemas"]["Role"];
            /**
             * @description Whether the user cannot log in; true ends all sessions of the user.
             * @example false
             */
            disabled?: boolean;
            /**
             * Format: password
             * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example a long sentence of your own
             */
            password?: string;
            claims?: components["schemas"]["Claims"];
            /**
             * Format: email
             * @description E-mail. Case, and white space around it, are ignored.
             * @example user1@example.com
             */
            email?: string;
        };
        /**
         * @description Custom claims: what every service learns of the user, in 96 bytes of JSON.
         * @example {
         *       "organisation": "org_17"
         *     }
         */
        Claims: {
            [key: string]: string | number | boolean;
        };
        /** @description The proof, and the new password. */
        CompletePasswordResetRequest: {
            /**
             * @description From the link of the mail: what follows `#token=`.
             * @example what follows #token= in the link
             */
            token: string;
            /**
             * Format: password
             * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example a long sentence of your own
             */
            new_password: string;
        };
        /** @description The proof, either `token` or `registration` and `code`, and the password of the account. */
        CompleteRegistrationRequest: {
            /**
             * @description From the link of the mail: what follows `#token=`.
             * @example what follows #token= in the link
             */
            token?: string;
            /**
             * @description To be sent with the code of the mail. It opens nothing alone.
             * @example AQGYwdV6K3w9jk9aa4ydng8B2kdPLW1sCqE7xYvN3RtUoHfM5i
             */
            registration?: string;
            /**
             * @description The code of the mail: eight digits. After five wrong ones it is void.
             * @example 01234567
             */
            code?: string;
            /**
             * Format: password
             * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example a long sentence of your own
             */
            password: string;
        };
        /** @description The code of the mail, and the handle that came before it. */
        ConfirmCodeRequest: {
            /**
             * @description To be sent with the code of the mail. It opens nothing alone.
             * @example AQGYwdV6K3w9jk9aa4ydng8B2kdPLW1sCqE7xYvN3RtUoHfM5i
             */
            handle: string;
            /**
             * @description The code of the mail: eight digits. After five wrong ones it is void.
             * @example 01234567
             */
            code: string;
        };
        /** @description A code of the new secret. */
        ConfirmTotpRequest: {
            /**
             * @description The six digits that the app shows.
             * @example 123456
             */
            code: string;
        };
        /** @description The user to create; without a password, the user is invited by mail. */
        CreateUserRequest: {
            /**
             * Format: email
             * @description E-mail. Case, and white space around it, are ignored.
             * @example user1@example.com
             */
            email: string;
            /**
             * Format: password
             * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example a long sentence of your own
             */
            password?: string;
            role: components["schemas"]["Role"];
            claims?: components["schemas"]["Claims"];
        };
        /**
         * @description The state of each dependency: "ok", or a remark: "down" (`database`), "stale" (`revocations`), "degraded" (`notify`).
         * @example {
         *       "database": "ok"
         *     }
         */
        HealthChecks: {
            [key: string]: string;
        };
        /** @description A member of the request that is invalid. */
        InvalidMember: {
            /**
             * @description JSON pointer into the body, or the name of a parameter.
             * @example /email
             */
            path: string;
            /**
             * @description What is wrong with it.
             * @example must be an e-mail address
             */
            message: string;
        };
        /** @description The keyring and its schedule. */
        Keyring: {
            /**
             * Format: date-time
             * @description The database's time, which all times here are measured in.
             * @example 2026-01-01T00:00:00.000Z
             */
            as_of: string;
            /**
             * Format: date-time
             * @description When the next rotation is due.
             * @example 2026-01-01T00:00:00.000Z
             */
            next_rotation_at: string;
            /** @description Newest first. */
            keys: components["schemas"]["SigningKey"][];
            /** @description Rows that are not bound to SECRET_KEYS and not trusted; a hundred at most. Empty unless the database was tampered with. */
            rejected: components["schemas"]["RejectedKey"][];
        };
        /** @description A passkey. */
        ListedPasskey: {
            /**
             * Format: uuid
             * @description The id of the passkey here.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * @description The name that you gave it.
             * @example Phone
             */
            name: string;
            /**
             * Format: date-time
             * @description When it was added.
             * @example 2026-01-01T00:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date
             * @description The day of its last use; null if it was never used.
             * @example 2026-01-01
             */
            last_used_on: string | null;
            /**
             * @description Whether it is synchronized to other devices.
             * @example true
             */
            backed_up: boolean;
            /**
             * @description Its id for the browser, base64url.
             * @example the id
             */
            credential_id: string;
            /**
             * @description The domain that it was made for; with another one it cannot be used now.
             * @example example.com
             */
            rp_id: string;
        };
        /** @description The process is alive. */
        Liveness: {
            /**
             * @description The process responds.
             * @enum {string}
             */
            status: "live";
            /**
             * @description The version of gatepass that runs.
             * @example 1.0.0
             */
            version: string;
        };
        /** @description Who logs in, and what with. */
        LoginRequest: {
            /**
             * Format: email
             * @description E-mail of the account. Case and surrounding white space do not matter.
             * @example admin@example.com
             */
            email: string;
            /**
             * Format: password
             * @description The password. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example the password that the first start has written to its terminal
             */
            password: string;
            /**
             * @description Where the refresh token is: in the response body, or, for browsers, in an HttpOnly cookie.
             * @default body
             * @enum {string}
             */
            delivery: "body" | "cookie";
            /**
             * @description The service that the access token is for: one of AUDIENCES, the first if absent.
             * @example api
             */
            audience?: string;
        };
        /** @description The session to end. A client with the cookie sends no body. */
        LogoutRequest: {
            /**
             * @description The refresh token, if it is not in the cookie.
             * @example the refresh_token of the last response
             */
            refresh_token?: string;
        };
        /** @description A mail of the outbox, without its text. */
        Mail: {
            /**
             * Format: uuid
             * @description The id of the mail.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * @description What it is for.
             * @example password_reset
             */
            purpose: string;
            state: components["schemas"]["MailState"];
            /**
             * @description Where it goes; null for the address of the user, and some days after the end.
             * @example user1@example.com
             */
            address: string | null;
            /**
             * Format: uuid
             * @description The user that it is about, if that is known.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            user_id: string | null;
            /**
             * Format: int32
             * @description Attempts to send it, so far.
             * @example 1
             */
            attempts: number;
            /**
             * Format: date-time
             * @description When it was asked for.
             * @example 2026-01-01T00:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the next attempt is made; null unless `state` is `due`.
             * @example 2026-01-01T00:00:00.000Z
             */
            due_at: string | null;
            /**
             * Format: date-time
             * @description When `state` stopped to be `due`; null before that.
             * @example 2026-01-01T00:00:00.000Z
             */
            ended_at: string | null;
            /**
             * @description What the last attempt failed at: the command, and the codes of the server.
             * @example RCPT TO 550 5.1.1
             */
            last_error: string | null;
        };
        /** @description The mail will be sent. */
        MailAccepted: Record<string, never>;
        /** @description A page of mails. */
        MailPage: {
            /** @description Newest first. */
            mails: components["schemas"]["Mail"][];
            /**
             * @description The `after` of the next page; null on the last page.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            next: string | null;
        };
        /**
         * @description `due`: it waits to be sent; `failed`: refused for good; `expired`: it could not be sent in time; `closed`: it is void.
         * @example due
         * @enum {string}
         */
        MailState: "due" | "sent" | "failed" | "expired" | "closed";
        /** @description A mail with a code will be sent. */
        MailedCode: {
            /**
             * @description To be sent with the code of the mail. It opens nothing alone.
             * @example AQGYwdV6K3w9jk9aa4ydng8B2kdPLW1sCqE7xYvN3RtUoHfM5i
             */
            handle: string;
            /**
             * Format: int32
             * @description Seconds that the code is good for, once the mail is sent.
             * @example 600
             */
            expires_in: number;
        };
        /** @description The user that the access token identifies. */
        Me: {
            /**
             * Format: uuid
             * @description The id of the user.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            role: components["schemas"]["Role"];
            /** @description The capabilities of the role in this service. */
            capabilities: string[];
            /**
             * Format: uuid
             * @description The session of this token.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            session_id: string;
            /**
             * Format: date-time
             * @description When this token was issued.
             * @example 2026-01-01T00:00:00.000Z
             */
            issued_at: string;
            /**
             * Format: date-time
             * @description When this token expires.
             * @example 2026-01-01T00:00:00.000Z
             */
            expires_at: string;
            claims: components["schemas"]["Claims"];
            /**
             * Format: int32
             * @description How strong the last proof was, as the access token says; null for a machine.
             * @example 1
             */
            level: number | null;
            /**
             * Format: date-time
             * @description When the user proved who they are, as the access token says; null for a machine.
             * @example 2026-01-01T00:00:00.000Z
             */
            auth_time: string | null;
        };
        /** @description The metadata of the issuer (RFC 8414 2). */
        Metadata: {
            /**
             * Format: uri
             * @description The `iss` of every token.
             */
            issuer: string;
            /**
             * Format: uri
             * @description The address of the public keys.
             */
            jwks_uri: string;
            /** @description None: there is no authorization endpoint. */
            response_types_supported: string[];
            /** @description None: there is no token endpoint. */
            grant_types_supported: string[];
            /** @description How users can be authenticated: the values of `acr` in tokens. */
            acr_values_supported: string[];
            /**
             * Format: uri
             * @description The documentation for people; absent where it is off.
             */
            service_documentation?: string;
            /**
             * Format: uri
             * @description The address of the revocation feed, for edges; absent where there is none.
             */
            revocation_feed_endpoint?: string;
        };
        /** @description A not-before: older tokens are rejected. The session stays, and the client refreshes. */
        NotBefore: {
            /**
             * Format: uuid
             * @description The user; everybody if it is left out.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            sub?: string;
            /**
             * Format: int64
             * @description Tokens with an earlier `iat` are rejected. NumericDate.
             * @example 1767225600
             */
            before: number;
            /**
             * Format: int64
             * @description When the last of those tokens has expired. NumericDate.
             * @example 1767225600
             */
            exp: number;
        };
        /** @description Nothing is asked for. */
        Nothing: Record<string, never>;
        /** @description The metadata of the issuer, for libraries that look for OpenID Connect Discovery 1.0. */
        OpenidConfiguration: {
            /**
             * Format: uri
             * @description The `iss` of every token.
             */
            issuer: string;
            /**
             * Format: uri
             * @description The address of the public keys.
             */
            jwks_uri: string;
            /** @description None: there is no authorization endpoint. */
            response_types_supported: string[];
            /** @description None: there is no token endpoint. */
            grant_types_supported: string[];
            /** @description How users can be authenticated: the values of `acr` in tokens. */
            acr_values_supported: string[];
            /**
             * Format: uri
             * @description The documentation for people; absent where it is off.
             */
            service_documentation?: string;
            /**
             * Format: uri
             * @description The address of the revocation feed, for edges; absent where there is none.
             */
            revocation_feed_endpoint?: string;
            /** @description The algorithms of the public keys. There are no ID tokens, but libraries read here which signatures to expect. */
            id_token_signing_alg_values_supported: string[];
        };
        /** @description One of your sessions. */
        OwnSession: {
            /**
             * Format: uuid
             * @description Id of the session.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * Format: date-time
             * @description Time of its login.
             * @example 2026-01-01T00:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The day of its last refresh; for the session of this request, now.
             * @example 2026-01-01T00:00:00.000Z
             */
            last_seen_at: string;
            /**
             * @description User-Agent of its login, as it was sent.
             * @example curl/8.5.0
             */
            user_agent: string | null;
            /**
             * @description Address of its login.
             * @example 192.0.2.1
             */
            ip: string | null;
            /**
             * Format: date-time
             * @description When the user proved who they are.
             * @example 2026-01-01T00:00:00.000Z
             */
            authenticated_at: string;
            /**
             * Format: int32
             * @description How strong the proof was: 1 a password, 2 two factors, 3 a passkey that verified the user.
             * @example 1
             */
            level: number;
            /** @description The proofs: `password`, `totp`, `recovery_code`, `passkey`. */
            methods: string[];
            /** @description Whether it is the session of this request. */
            current: boolean;
        };
        /** @description A page of your sessions. */
        OwnSessionPage: {
            /** @description Your active sessions, newest first. */
            sessions: components["schemas"]["OwnSession"][];
            /**
             * @description The `after` of the next page; null on the last page.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            next: string | null;
        };
        /** @description A passkey of a user. */
        Passkey: {
            /**
             * Format: uuid
             * @description The id of the passkey.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * @description The name of the passkey, for its user.
             * @example My phone
             */
            name: string;
            /**
             * @description The id of the credential, base64url: what the signal API of browsers takes.
             * @example c29tZSBpZA
             */
            credential_id: string;
            /**
             * @description The domain that it was made for; after a change of PASSKEY_RP_ID it is of no use.
             * @example example.com
             */
            rp_id: string;
            /** @description Whether it is synchronized to other devices of its user. */
            backed_up: boolean;
            /**
             * Format: date-time
             * @description When it was added.
             * @example 2026-01-01T00:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date
             * @description The day of its last use, in UTC.
             * @example 2026-01-01
             */
            last_used_on: string | null;
        };
        /** @description An algorithm that we verify. */
        PasskeyAlgorithm: {
            /**
             * @description The only type there is.
             * @enum {string}
             */
            type: "public-key";
            /**
             * Format: int32
             * @description COSE algorithm.
             * @example -7
             */
            alg: number;
        };
        /** @description What the authenticator has to be able to do. */
        PasskeyAuthenticator: {
            /**
             * @description So that it logs in without an e-mail. For a security key without a PIN, a second factor, pages ask for `discouraged`.
             * @enum {string}
             */
            residentKey: "required";
            /**
             * @description The same, for older browsers.
             * @example true
             */
            requireResidentKey: boolean;
            /**
             * @description Whether the authenticator has to ask for PIN or biometrics.
             * @enum {string}
             */
            userVerification: "required" | "preferred";
        };
        /** @description What a browser needs to make a passkey. */
        PasskeyCreation: {
            passkey_options: components["schemas"]["PasskeyCreationOptions"];
            /**
             * Format: int32
             * @description Seconds until the challenge is too old.
             * @example 300
             */
            expires_in: number;
        };
        /** @description For `PublicKeyCredential.parseCreationOptionsFromJSON`, and then `navigator.credentials.create`. */
        PasskeyCreationOptions: {
            rp: components["schemas"]["PasskeyRelyingParty"];
            user: components["schemas"]["PasskeyUser"];
            /**
             * @description What the authenticator signs, base64url.
             * @example AQEBmN…
             */
            challenge: string;
            /** @description The algorithms that we verify, best first. */
            pubKeyCredParams: components["schemas"]["PasskeyAlgorithm"][];
            /**
             * Format: int32
             * @description How long the browser waits for its user, in milliseconds.
             * @example 300000
             */
            timeout: number;
            /** @description The passkeys that the user has: no authenticator makes a second one. */
            excludeCredentials: components["schemas"]["PasskeyDescriptor"][];
            authenticatorSelection: components["schemas"]["PasskeyAuthenticator"];
            /**
             * @description Who made the authenticator is not asked.
             * @enum {string}
             */
            attestation: "none";
        };
        /** @description A passkey, as browsers look for it. */
        PasskeyDescriptor: {
            /**
             * @description The only type there is.
             * @enum {string}
             */
            type: "public-key";
            /**
             * @description The id of the credential, base64url.
             * @example c29tZSBpZA
             */
            id: string;
            /** @description How its authenticator is reached. */
            transports: string[];
        };
        /** @description What the passkey has signed. */
        PasskeyLoginRequest: {
            credential: components["schemas"]["PublicKeyCredential"];
            /**
             * @description Where the refresh token is: in the response body, or, for browsers, in an HttpOnly cookie.
             * @default body
             * @enum {string}
             */
            delivery: "body" | "cookie";
            /**
             * @description The service that the access token is for: one of AUDIENCES, the first if absent.
             * @example api
             */
            audience?: string;
        };
        /** @description Whom the passkey is for. */
        PasskeyRelyingParty: {
            /**
             * @description The domain that the passkey is for.
             * @example example.com
             */
            id: string;
            /**
             * @description The name of the service.
             * @example Example
             */
            name: string;
        };
        /** @description What a browser needs to use a passkey. */
        PasskeyRequest: {
            passkey_options: components["schemas"]["PasskeyRequestOptions"];
            /**
             * Format: int32
             * @description Seconds until the challenge is too old.
             * @example 300
             */
            expires_in: number;
        };
        /** @description For `PublicKeyCredential.parseRequestOptionsFromJSON`, and then `navigator.credentials.get`. */
        PasskeyRequestOptions: {
            /**
             * @description What the authenticator signs, base64url.
             * @example AQEBmN…
             */
            challenge: string;
            /**
             * Format: int32
             * @description How long the browser waits for its user, in milliseconds.
             * @example 300000
             */
            timeout: number;
            /**
             * @description The domain that the passkey is for.
             * @example example.com
             */
            rpId: string;
            /** @description The passkeys that may be used; empty: any for this domain. */
            allowCredentials: components["schemas"]["PasskeyDescriptor"][];
            /**
             * @description Whether the authenticator has to ask for PIN or biometrics.
             * @enum {string}
             */
            userVerification: "required" | "preferred";
        };
        /** @description Whose passkey it is: shown when the user chooses one. */
        PasskeyUser: {
            /**
             * @description The id of the user, base64url of its 16 bytes.
             * @example AZjB1XorfD2OT1prfI2eDw
             */
            id: string;
            /**
             * @description The e-mail.
             * @example user1@example.com
             */
            name: string;
            /**
             * @description The e-mail.
             * @example user1@example.com
             */
            displayName: string;
        };
        /** @description If there is such an account, a mail with a link is on its way. The response is the same for every address. */
        PasswordResetAccepted: Record<string, never>;
        /** @description Whose password. */
        PasswordResetRequest: {
            /**
             * Format: email
             * @description E-mail. Case, and white space around it, are ignored.
             * @example user1@example.com
             */
            email: string;
        };
        /** @description Problem details (RFC 9457). */
        Problem: {
            /**
             * Format: uri-reference
             * @description Names the kind of problem.
             * @example /problems/not-found
             */
            type: string;
            /**
             * @description The status in words.
             * @example Not Found
             */
            title: string;
            /**
             * Format: int32
             * @description The status of the response.
             * @example 404
             */
            status: number;
            /**
             * @description What is wrong, in one sentence.
             * @example There is nothing here.
             */
            detail: string;
            /**
             * @description What is wrong, for programs: stable.
             * @example not_found
             */
            code: string;
            /** @description The members of the request that are invalid, where they can be named. */
            errors?: components["schemas"]["InvalidMember"][];
            /** @description Of `second_factor_required` at a login: for its second step. */
            challenge?: string;
            /** @description Of `second_factor_required`: the second factors of the user, among `totp`, `recovery_code` and `passkey`. */
            methods?: string[];
            passkey_options?: components["schemas"]["SecondFactorPasskeyOptions"];
            /** @description Of `enrolment_required`: good for enrolling a second factor, and nothing else. */
            access_token?: string;
            /** @description With `access_token`: `Bearer`. */
            token_type?: string;
            /**
             * Format: int32
             * @description Seconds that the challenge or the token is good.
             */
            expires_in?: number;
            /** @description Of `unknown_passkey`: for `PublicKeyCredential.signalUnknownCredential()`. */
            rp_id?: string;
            /** @description Of `unknown_passkey`: the passkey, base64url. */
            credential_id?: string;
        };
        /** @description A public key for signatures of one algorithm (RFC 7517, 7518 6, 8037). */
        PublicKey: {
            /**
             * @description The key's id, as in the header of tokens.
             * @example 8f14e45fceea167a
             */
            kid: string;
            /**
             * @description The only algorithm that the key is used with.
             * @enum {string}
             */
            alg: "ES256" | "EdDSA" | "RS256";
            /**
             * @description For signatures only.
             * @enum {string}
             */
            use: "sig";
            /**
             * @description The type of the key, which its other members depend on.
             * @enum {string}
             */
            kty: "EC" | "OKP" | "RSA";
            /**
             * @description The curve of an EC or OKP key.
             * @enum {string}
             */
            crv?: "P-256" | "Ed25519";
            /** @description The x coordinate of an EC key, or the public key of an OKP key, in base64url. */
            x?: string;
            /** @description The y coordinate of an EC key, in base64url. */
            y?: string;
            /** @description The modulus of an RSA key, in base64url. */
            n?: string;
            /** @description The exponent of an RSA key, in base64url. */
            e?: string;
        };
        /**
         * @description A passkey, as `credential.toJSON()` has it.
         * @example {
         *       "id": "c29tZSBpZA",
         *       "type": "public-key",
         *       "response": {
         *         "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQVFFIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDozMDAwIn0",
         *         "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA",
         *         "signature": "c29tZSBzaWduYXR1cmU"
         *       }
         *     }
         */
        PublicKeyCredential: {
            /**
             * @description The id of the credential, base64url.
             * @example c29tZSBpZA
             */
            id: string;
            /**
             * @description The only type there is.
             * @enum {string}
             */
            type: "public-key";
            response: components["schemas"]["AuthenticatorResponse"];
        } & {
            [key: string]: unknown;
        };
        /** @description The public keys (RFC 7517 5). */
        PublicKeys: {
            /** @description The key that signs now, those that will sign, and those of tokens that have not expired. */
            keys: components["schemas"]["PublicKey"][];
        };
        /** @description The service is ready. */
        Readiness: {
            /**
             * @description Requests can be served.
             * @enum {string}
             */
            status: "ready";
            checks: components["schemas"]["HealthChecks"];
        };
        /** @description New recovery codes. */
        RecoveryCodes: {
            /** @description Each is good for one login without the app: keep them on paper. They are shown once. */
            recovery_codes: string[];
        };
        /** @description The session to refresh. A client with the cookie sends no body. */
        RefreshRequest: {
            /**
             * @description The refresh token, if it is not in the cookie.
             * @example the refresh_token of the last response
             */
            refresh_token?: string;
            /**
             * @description The service that the access token is for: one of AUDIENCES, the first if absent.
             * @example api
             */
            audience?: string;
        };
        /** @description The account to create. A password only where the service sends no mail. */
        RegisterRequest: {
            /**
             * Format: email
             * @description E-mail. Case, and white space around it, are ignored.
             * @example user2@example.com
             */
            email: string;
            /**
             * Format: password
             * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example a long sentence of your own
             */
            password?: string;
        };
        /** @description The account that was created. */
        RegisteredUser: {
            /**
             * Format: uuid
             * @description The id of the user. It never changes, and is never reused.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * @description E-mail, as it was typed when the account was created.
             * @example user1@example.com
             */
            email: string;
            role: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @description When the account was created.
             * @example 2026-01-01T00:00:00.000Z
             */
            created_at: string;
        };
        /** @description A mail with a link and a code is on its way. The response is the same for every address. */
        Registration: {
            /**
             * @description To be sent with the code of the mail. It opens nothing alone.
             * @example AQGYwdV6K3w9jk9aa4ydng8B2kdPLW1sCqE7xYvN3RtUoHfM5i
             */
            registration: string;
            /**
             * Format: int32
             * @description Seconds that the code is good for, once the mail is sent.
             * @example 600
             */
            expires_in: number;
        };
        /** @description A row of the table that this service did not write. */
        RejectedKey: {
            /**
             * @description The id that the row has.
             * @example 8f14e45fceea167a
             */
            kid: string;
            /**
             * @description The row is no valid key, names an unknown secret, or was changed by somebody without SECRET_KEYS.
             * @enum {string}
             */
            reason: "malformed" | "unknown_secret" | "wrong_mac";
        };
        /** @description The origins that share the passkeys of this domain. */
        RelatedOrigins: {
            /** @description Whose pages may use the passkeys. */
            origins: string[];
        };
        /** @description The new name. */
        RenamePasskeyRequest: {
            /**
             * @description The name of the passkey, for its user.
             * @example My phone
             */
            name: string;
        };
        /** @description What a login needs. */
        RequireSecondFactorRequest: {
            /**
             * @description Whether a login needs a second factor.
             * @example true
             */
            required: boolean;
        };
        /** @description All revocations in force. */
        Revocations: {
            /**
             * @description The id of the last event that the document includes, `epoch-seq`; also the ETag.
             * @example 0198c1d57a2b-17
             */
            cursor: string;
            /**
             * Format: date-time
             * @description The database's time of the last successful sync: all revocations before it are included.
             * @example 2026-01-01T00:00:00.000Z
             */
            as_of: string;
            /** @description Ended sessions. */
            revoked: components["schemas"]["RevokedSession"][];
            /** @description Not-befores in force. */
            refresh_required: components["schemas"]["NotBefore"][];
            keys: components["schemas"]["TrustedKeys"];
        };
        /** @description A session that has ended: its tokens are rejected. */
        RevokedSession: {
            /**
             * Format: uuid
             * @description The session.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            sid: string;
            /**
             * Format: int64
             * @description When the last of its tokens has expired. NumericDate.
             * @example 1767225600
             */
            exp: number;
        };
        /**
         * @description The role of the user.
         * @example user
         * @enum {string}
         */
        Role: string;
        /** @description Which rotation: `{}` for an orderly one. */
        RotateKeysRequest: {
            /**
             * @description The kid of a compromised key to revoke, or "all" to revoke all keys. If absent, the rotation is an orderly one.
             * @example all
             */
            compromised?: string;
            /**
             * @description With `compromised`: whether the published standby signs next, instead of a key that is made now. A new key makes most verifiers without the feed fetch the key set, and so forget the compromised one; the standby is smooth for those that do not fetch for an unknown key.
             * @example false
             */
            use_standby?: boolean;
        };
        /** @description With the method `passkey`: for `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
        SecondFactorPasskeyOptions: {
            [key: string]: unknown;
        };
        /** @description The second step of a login: one second factor. */
        SecondFactorRequest: {
            /**
             * @description As the login has answered it.
             * @example AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
             */
            challenge: string;
            /**
             * @description The six digits that the authenticator app shows.
             * @example 123456
             */
            totp?: string;
            /**
             * @description One of the recovery codes, in any case, with or without hyphens.
             * @example 7K2QM-4ZV8B-N3XTR-9CJ5W-HD6FP
             */
            recovery_code?: string;
            passkey?: components["schemas"]["PublicKeyCredential"];
            /**
             * @description Where the refresh token is: in the response body, or, for browsers, in an HttpOnly cookie.
             * @default body
             * @enum {string}
             */
            delivery: "body" | "cookie";
            /**
             * @description The service that the access token is for: one of AUDIENCES, the first if absent.
             * @example api
             */
            audience?: string;
        };
        /** @description Your second factors. */
        SecondFactorState: {
            /**
             * @description Whether a login needs a second factor.
             * @example true
             */
            required: boolean;
            /**
             * @description Whether an authenticator app is enrolled.
             * @example true
             */
            totp: boolean;
            /** @description Your passkeys, oldest first. */
            passkeys: components["schemas"]["ListedPasskey"][];
            /**
             * Format: int32
             * @description Recovery codes that were not used yet.
             * @example 10
             */
            recovery_codes_left: number;
        };
        /** @description The ways into your account. */
        Security: {
            second_factor: components["schemas"]["SecondFactorState"];
            /**
             * Format: date-time
             * @description When somebody first proved to read the mailbox of the e-mail; null: nobody has.
             * @example 2026-01-01T00:00:00.000Z
             */
            email_verified_at: string | null;
            /**
             * @description The domain that passkeys are made for: PASSKEY_RP_ID, or the host of the issuer.
             * @example example.com
             */
            rp_id: string;
            /**
             * @description Your id as passkeys have it, base64url: for `PublicKeyCredential.signalAllAcceptedCredentials()`, with `rp_id`.
             * @example AZRB0v8AcAAAAAAAAAAAAA
             */
            user_handle: string;
        };
        /** @description A session. */
        Session: {
            /**
             * Format: uuid
             * @description Id of the session.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * Format: date-time
             * @description Time of its login.
             * @example 2026-01-01T00:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description The day of its last refresh; for the session of this request, now.
             * @example 2026-01-01T00:00:00.000Z
             */
            last_seen_at: string;
            /**
             * @description User-Agent of its login, as it was sent.
             * @example curl/8.5.0
             */
            user_agent: string | null;
            /**
             * @description Address of its login.
             * @example 192.0.2.1
             */
            ip: string | null;
            /**
             * Format: date-time
             * @description When the user proved who they are.
             * @example 2026-01-01T00:00:00.000Z
             */
            authenticated_at: string;
            /**
             * Format: int32
             * @description How strong the proof was: 1 a password, 2 two factors, 3 a passkey that verified the user.
             * @example 1
             */
            level: number;
            /** @description The proofs: `password`, `totp`, `recovery_code`, `passkey`. */
            methods: string[];
        };
        /** @description A page of sessions of a user. */
        SessionPage: {
            /** @description The active sessions, newest first. */
            sessions: components["schemas"]["Session"][];
            /**
             * @description The `after` of the next page; null on the last page.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            next: string | null;
        };
        /** @description A signing key. */
        SigningKey: {
            /**
             * @description The key's id, as in the header of tokens.
             * @example 8f14e45fceea167a
             */
            kid: string;
            /**
             * @description The one algorithm it is used with.
             * @example ES256
             */
            algorithm: string;
            /**
             * @description Whether it will sign next, signs now, only verifies older tokens, or is not trusted any more.
             * @enum {string}
             */
            state: "standby" | "signing" | "verifying" | "revoked";
            /**
             * Format: date-time
             * @description When it was published.
             * @example 2026-01-01T00:00:00.000Z
             */
            published_at: string;
            /**
             * Format: date-time
             * @description When it begins to sign; null for a standby.
             * @example 2026-01-01T00:00:00.000Z
             */
            signs_from: string | null;
            /**
             * Format: date-time
             * @description When it leaves the JWKS; null while it has no successor.
             * @example 2026-01-01T00:00:00.000Z
             */
            verifies_until: string | null;
            /**
             * Format: date-time
             * @description When it was revoked.
             * @example 2026-01-01T00:00:00.000Z
             */
            revoked_at: string | null;
        };
        /** @description Nothing. */
        StartTotpRequest: Record<string, never>;
        /** @description The proof: the password, with a second factor if the user needs one; or a passkey that verifies the user, alone. */
        StepUpRequest: {
            /**
             * Format: password
             * @description The password. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
             * @example the password that the first start has written to its terminal
             */
            password?: string;
            /**
             * @description The six digits that the authenticator app shows.
             * @example 123456
             */
            totp?: string;
            /**
             * @description One of the recovery codes, in any case, with or without hyphens.
             * @example 7K2QM-4ZV8B-N3XTR-9CJ5W-HD6FP
             */
            recovery_code?: string;
            passkey?: components["schemas"]["PublicKeyCredential"];
            /**
             * @description The service that the access token is for: one of AUDIENCES, the first if absent.
             * @example api
             */
            audience?: string;
        };
        /** @description One access token of the same session, and no refresh token: a refresh does not inherit the proof. */
        StepUpToken: {
            /**
             * @description The access token, a JWT (RFC 9068).
             * @example eyJ…
             */
            access_token: string;
            /**
             * @description How to send it (RFC 6750 2.1).
             * @enum {string}
             */
            token_type: "Bearer";
            /**
             * Format: int32
             * @description Seconds until the access token expires.
             * @example 300
             */
            expires_in: number;
            /**
             * @description The level of the proof: `aal1`, `aal2` or `phr`.
             * @example aal1
             */
            acr: string;
        };
        /** @description Tokens of a session. */
        Tokens: {
            /**
             * @description The access token, a JWT (RFC 9068).
             * @example eyJ…
             */
            access_token: string;
            /**
             * @description How to send it (RFC 6750 2.1).
             * @enum {string}
             */
            token_type: "Bearer";
            /**
             * Format: int32
             * @description Seconds until the access token expires.
             * @example 300
             */
            expires_in: number;
            /**
             * @description The token for the next refresh: keep the newest. Absent if in the cookie.
             * @example the refresh_token of the last response
             */
            refresh_token?: string;
            /**
             * Format: int32
             * @description A refresh within so many seconds is accepted, unless the session was ended.
             * @example 604800
             */
            refresh_expires_in: number;
            /**
             * Format: uuid
             * @description Id of the session; a refresh does not change it.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            session_id: string;
        };
        /** @description A new secret; it is shown once, and not used before it is confirmed. */
        TotpSecret: {
            /**
             * @description The secret in base32, for typing it.
             * @example GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
             */
            secret: string;
            /**
             * @description The content of a QR code that authenticator apps read.
             * @example otpauth://totp/gatepass:user1%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=gatepass
             */
            otpauth_uri: string;
        };
        /** @description Signing keys. */
        TrustedKeys: {
            jwks: components["schemas"]["PublicKeys"];
            /** @description Ids of revoked keys, which are never trusted again. */
            revoked: string[];
        };
        /** @description A user. */
        User: {
            /**
             * Format: uuid
             * @description The id of the user. It never changes, and is never reused.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            id: string;
            /**
             * @description E-mail, as it was typed when the account was created.
             * @example user1@example.com
             */
            email: string;
            role: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @description When the account was created.
             * @example 2026-01-01T00:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When somebody first proved to read the mailbox of the e-mail; null: nobody has.
             * @example 2026-01-01T00:00:00.000Z
             */
            email_verified_at: string | null;
            claims: components["schemas"]["Claims"];
            /**
             * @description Whether the user cannot log in.
             * @example false
             */
            disabled: boolean;
        };
        /** @description A page of users. */
        UserPage: {
            /** @description Newest first. */
            users: components["schemas"]["User"][];
            /**
             * @description The `after` of the next page; null on the last page.
             * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
             */
            next: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    isLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process is alive. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Liveness"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isReady: {
        parameters: {
            query?: {
                /**
                 * @description Empty or `true`: also 503 while only the database is down. For alarms, not for load balancers.
                 * @example true
                 */
                strict?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service is ready. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_ready`: The service is not ready. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPublicKeys: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of a cached copy. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The public keys (RFC 7517 5). */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description Changes when the keys change. */
                    etag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicKeys"];
                };
            };
            /** @description Not modified. */
            304: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description Changes when the keys change. */
                    etag: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metadata of the issuer (RFC 8414 2). */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Metadata"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readOpenidConfiguration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metadata of the issuer, for libraries that look for OpenID Connect Discovery 1.0. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenidConfiguration"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Who logs in, and what with. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "admin@example.com",
                 *       "password": "the password that the first start has written to its terminal",
                 *       "delivery": "body",
                 *       "audience": "api"
                 *     }
                 */
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description Tokens of a session. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description The session cookie, with `delivery: cookie`. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /**
             * @description `invalid_request`: The request is malformed.
             *     `invalid_target`: There is no such audience.
             *     `ambiguous_credentials`: The request carries the session cookie more than once.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description Deletes the session cookie. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `invalid_credentials`: E-mail or password is wrong.
             *     `second_factor_required`: A second factor is needed.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `cross_site`: Cookies are accepted from listed origins only.
             *     `enrolment_required`: This service asks for a second factor: enrol one, then log in again.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `overloaded`: Too much to do at the moment; try again soon.
             *     `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    giveSecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The second step of a login: one second factor. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                 *       "totp": "123456",
                 *       "delivery": "body"
                 *     }
                 */
                "application/json": components["schemas"]["SecondFactorRequest"];
            };
        };
        responses: {
            /** @description Tokens of a session. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description The session cookie, with `delivery: cookie`. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /**
             * @description `invalid_request`: The request is malformed.
             *     `invalid_target`: There is no such audience.
             *     `ambiguous_credentials`: The request carries the session cookie more than once.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description Deletes the session cookie. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `invalid_second_factor`: The second factor is wrong, or was used already.
             *     `invalid_challenge`: The challenge is used, void or too old; begin again.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site`: Cookies are accepted from listed origins only. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The session to refresh. A client with the cookie sends no body. */
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "the refresh_token of the last response",
                 *       "audience": "api"
                 *     }
                 */
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description Tokens of a session. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description The session cookie, with `delivery: cookie`. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /**
             * @description `invalid_request`: The request is malformed.
             *     `invalid_target`: There is no such audience.
             *     `ambiguous_credentials`: The request carries the session cookie more than once.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description Deletes the session cookie. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_refresh_token`: The session has ended; log in again. */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    /** @description Deletes the session cookie. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site`: Cookies are accepted from listed origins only. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `refresh_retry`: An earlier refresh of this session may still be on its way; try again later.
             *     `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The session to end. A client with the cookie sends no body. */
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "the refresh_token of the last response"
                 *     }
                 */
                "application/json": components["schemas"]["LogoutRequest"];
            };
        };
        responses: {
            /** @description The session has ended, now or before. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description Deletes the session cookie. */
                    "set-cookie"?: string;
                    /** @description With the cookie: what else the browser deletes. */
                    "clear-site-data"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: The request is malformed.
             *     `ambiguous_credentials`: The request carries the session cookie more than once.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description Deletes the session cookie. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site`: Cookies are accepted from listed origins only. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beginPasskeyLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Nothing is asked for. */
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["Nothing"];
            };
        };
        responses: {
            /** @description What a browser needs to use a passkey. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyRequest"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    loginWithPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description What the passkey has signed. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "credential": {
                 *         "id": "c29tZSBpZA",
                 *         "type": "public-key",
                 *         "response": {
                 *           "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQVFFIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDozMDAwIn0",
                 *           "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA",
                 *           "signature": "c29tZSBzaWduYXR1cmU"
                 *         }
                 *       },
                 *       "delivery": "body",
                 *       "audience": "api"
                 *     }
                 */
                "application/json": components["schemas"]["PasskeyLoginRequest"];
            };
        };
        responses: {
            /** @description Tokens of a session. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description The session cookie, with `delivery: cookie`. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /**
             * @description `invalid_request`: The request is malformed.
             *     `invalid_target`: There is no such audience.
             *     `ambiguous_credentials`: The request carries the session cookie more than once.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description Deletes the session cookie. */
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `invalid_passkey`: The passkey was not accepted.
             *     `unknown_passkey`: This passkey belongs to no account here.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site`: Cookies are accepted from listed origins only. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPasskeyOrigins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The origins that share the passkeys of this domain. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RelatedOrigins"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The account to create. A password only where the service sends no mail. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "user2@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        responses: {
            /** @description The account that was created. */
            201: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredUser"];
                };
            };
            /** @description A mail with a link and a code is on its way. The response is the same for every address. */
            202: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Registration"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `registration_closed`: Registration is closed. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `email_taken`: A user with this e-mail exists. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `overloaded`: Too much to do at the moment; try again soon.
             *     `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    completeRegistration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The proof, either `token` or `registration` and `code`, and the password of the account. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "what follows #token= in the link",
                 *       "password": "a long sentence of your own"
                 *     }
                 */
                "application/json": components["schemas"]["CompleteRegistrationRequest"];
            };
        };
        responses: {
            /** @description The account that was created. */
            201: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredUser"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_proof`: The link or code is not valid. */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `mail_disabled`: This service sends no mail.
             *     `registration_closed`: Registration is closed.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `overloaded`: Too much to do at the moment; try again soon.
             *     `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Whose password. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "user1@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordResetRequest"];
            };
        };
        responses: {
            /** @description If there is such an account, a mail with a link is on its way. The response is the same for every address. */
            202: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordResetAccepted"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `mail_disabled`: This service sends no mail. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    completePasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The proof, and the new password. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "what follows #token= in the link",
                 *       "new_password": "a long sentence of your own"
                 *     }
                 */
                "application/json": components["schemas"]["CompletePasswordResetRequest"];
            };
        };
        responses: {
            /** @description The password has changed, and every session has ended. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_proof`: The link or code is not valid. */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `mail_disabled`: This service sends no mail. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `overloaded`: Too much to do at the moment; try again soon.
             *     `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    checkToken: {
        parameters: {
            query?: {
                /**
                 * @description The capability that the request behind the gateway needs.
                 * @example account:read
                 */
                allow?: string;
                /**
                 * @description The service that the access token is for: one of AUDIENCES, the first if absent.
                 * @example api
                 */
                audience?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token is valid, and the user may do what `allow` asks for. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description The id of the user. */
                    "X-Auth-User": string;
                    /** @description The role of the user; empty for a token with a ceiling, which has less than the role. */
                    "X-Auth-Role": string;
                    /** @description The id of the session. */
                    "X-Auth-Session": string;
                    /** @description The custom claims of the user, as JSON in ASCII; `{}` if there are none. */
                    "X-Auth-Claims": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: The request is malformed.
             *     `invalid_target`: There is no such audience.
             *     `invalid_request`: Send exactly one credential.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readRevocations: {
        parameters: {
            query?: never;
            header?: {
                /** @description For a stream: the id of the last event received. The events after it are sent, or a snapshot if they are no longer kept. */
                "last-event-id"?: string;
                /** @description For JSON: the ETag of the last document. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream or the document, whichever Accept prefers: by `q`, then by order. Without Accept, the document. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description The cursor. */
                    etag?: string;
                    /** @description The database's time of the last successful sync: all revocations before it are included. */
                    "gatepass-as-of"?: string;
                    /** @description What the response depends on. */
                    vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revocations"];
                    "text/event-stream": string;
                };
            };
            /** @description Not modified since the document of If-None-Match. */
            304: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description The cursor. */
                    etag: string;
                    /** @description The database's time of the last successful sync: all revocations before it are included. */
                    "gatepass-as-of": string;
                    /** @description What the response depends on. */
                    vary: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_acceptable`: None of the media types in Accept is available here. */
            406: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `not_ready`: The service is not ready.
             *     `overloaded`: Too much to do at the moment; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    whoAmI: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user that the access token identifies. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stepUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The proof: the password, with a second factor if the user needs one; or a passkey that verifies the user, alone. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "the password that the first start has written to its terminal"
                 *     }
                 */
                "application/json": components["schemas"]["StepUpRequest"];
            };
        };
        responses: {
            /** @description One access token of the same session, and no refresh token: a refresh does not inherit the proof. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StepUpToken"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             *     `invalid_target`: There is no such audience.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `wrong_password`: The current password is wrong.
             *     `wrong_code`: The code is wrong, or not valid any more.
             *     `wrong_passkey`: The passkey was not accepted.
             *     `second_factor_required`: A second factor is needed, too.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             *     `overloaded`: Too much to do at the moment; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beginPasskeyStepUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Nothing is asked for. */
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["Nothing"];
            };
        };
        responses: {
            /** @description What a browser needs to use a passkey. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyRequest"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findMyAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your account, and how this access token was authenticated. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteMyAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account is gone, and its tokens are rejected at every edge. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `last_admin`: The last admin cannot be deleted, disabled or demoted. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeMyPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The password of now, and the next one. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "current_password": "the password that the first start has written to its terminal",
                 *       "new_password": "a long sentence of your own"
                 *     }
                 */
                "application/json": components["schemas"]["ChangePasswordRequest"];
            };
        };
        responses: {
            /** @description The password has changed. The next request may be answered with `refresh_required`. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `wrong_password`: The current password is wrong.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             *     `overloaded`: Too much to do at the moment; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMySessions: {
        parameters: {
            query?: {
                /** @description The `next` of the previous page. */
                after?: string;
                /**
                 * @description The maximum number of items.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of your sessions. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnSessionPage"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endAllMySessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All sessions have ended, at every edge. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endMySession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended, at every edge. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The new e-mail. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "user3@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeEmailRequest"];
            };
        };
        responses: {
            /** @description A mail with a code will be sent. */
            202: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailedCode"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `mail_disabled`: This service sends no mail.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The code of the mail, and the handle that came before it. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "handle": "AQGYwdV6K3w9jk9aa4ydng8B2kdPLW1sCqE7xYvN3RtUoHfM5i",
                 *       "code": "01234567"
                 *     }
                 */
                "application/json": components["schemas"]["ConfirmCodeRequest"];
            };
        };
        responses: {
            /** @description The e-mail has changed, and counts as verified. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `mail_disabled`: This service sends no mail.
             *     `wrong_code`: The code is wrong, or not valid any more.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `email_taken`: A user with this e-mail exists. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestEmailVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A mail with a code will be sent. */
            202: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailedCode"];
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `mail_disabled`: This service sends no mail.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmEmailVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The code of the mail, and the handle that came before it. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "handle": "AQGYwdV6K3w9jk9aa4ydng8B2kdPLW1sCqE7xYvN3RtUoHfM5i",
                 *       "code": "01234567"
                 *     }
                 */
                "application/json": components["schemas"]["ConfirmCodeRequest"];
            };
        };
        responses: {
            /** @description The e-mail is verified. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `mail_disabled`: This service sends no mail.
             *     `wrong_code`: The code is wrong, or not valid any more.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findMySecurity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ways into your account. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Security"];
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startTotp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Nothing. */
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["StartTotpRequest"];
            };
        };
        responses: {
            /** @description A new secret; it is shown once, and not used before it is confirmed. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpSecret"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeTotp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its codes do nothing any more. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `last_factor`: A second factor is required, and this is the last one. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmTotp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A code of the new secret. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "123456"
                 *     }
                 */
                "application/json": components["schemas"]["ConfirmTotpRequest"];
            };
        };
        responses: {
            /** @description New recovery codes. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `wrong_code`: The code is wrong, or not valid any more.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `clock_skew`: The code is right for another time: set the clock of the device that shows it. */
            422: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renewRecoveryCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description New recovery codes. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `last_factor`: A second factor is required, and this is the last one. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requireSecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description What a login needs. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "required": true
                 *     }
                 */
                "application/json": components["schemas"]["RequireSecondFactorRequest"];
            };
        };
        responses: {
            /** @description It counts from the next login on. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `last_factor`: A second factor is required, and this is the last one. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beginPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Nothing is asked for. */
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["Nothing"];
            };
        };
        responses: {
            /** @description What a browser needs to make a passkey. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyCreation"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A passkey that the browser has made. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "My phone",
                 *       "credential": {
                 *         "id": "c29tZSBpZA",
                 *         "type": "public-key",
                 *         "response": {
                 *           "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQVFFIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDozMDAwIn0",
                 *           "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUFB",
                 *           "transports": [
                 *             "internal"
                 *           ]
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["AddPasskeyRequest"];
            };
        };
        responses: {
            /** @description A passkey of a user. */
            201: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Passkey"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `wrong_passkey`: The passkey was not accepted.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `passkey_exists`: This passkey is registered already.
             *     `too_many_passkeys`: You have as many passkeys as there can be; remove one first.
             */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removePasskey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It logs nobody in any more. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `last_factor`: A second factor is required, and this is the last one. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renamePasskey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        /** @description The new name. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "My phone"
                 *     }
                 */
                "application/json": components["schemas"]["RenamePasskeyRequest"];
            };
        };
        responses: {
            /** @description It has the name. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /**
                 * @description The whole e-mail. Case, and white space around it, are ignored.
                 * @example admin@example.com
                 */
                email?: string;
                /**
                 * @description The role of the user.
                 * @example admin
                 */
                role?: components["schemas"]["Role"];
                /** @description The `next` of the previous page. */
                after?: string;
                /**
                 * @description The maximum number of items.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of users. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The user to create; without a password, the user is invited by mail. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "user1@example.com",
                 *       "password": "a long sentence of your own",
                 *       "role": "user",
                 *       "claims": {
                 *         "organisation": "org_17"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CreateUserRequest"];
            };
        };
        responses: {
            /** @description A user. */
            201: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `mail_disabled`: This service sends no mail.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `email_taken`: A user with this e-mail exists. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             *     `overloaded`: Too much to do at the moment; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A user. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `last_admin`: The last admin cannot be deleted, disabled or demoted. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        /** @description New values; an absent member is not changed. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "role": "user"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeUserRequest"];
            };
        };
        responses: {
            /** @description A user. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `email_taken`: A user with this e-mail exists.
             *     `last_admin`: The last admin cannot be deleted, disabled or demoted.
             */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             *     `overloaded`: Too much to do at the moment; try again soon.
             */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sendPasswordMail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The mail will be sent. */
            202: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailAccepted"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `mail_disabled`: This service sends no mail.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeSecondFactorsOfUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessionsOfUser: {
        parameters: {
            query?: {
                /** @description The `next` of the previous page. */
                after?: string;
                /**
                 * @description The maximum number of items.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions of a user. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSessionsOfUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSessionOfAnyone: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSessionsOfEverybody: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSigningKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keyring and its schedule. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Keyring"];
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateSigningKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Which rotation: `{}` for an orderly one. */
        requestBody: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["RotateKeysRequest"];
            };
        };
        responses: {
            /** @description The keyring and its schedule. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Keyring"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAuditEvents: {
        parameters: {
            query?: {
                /**
                 * @description Only events about this user.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                user_id?: string;
                /**
                 * @description The type of an event.
                 * @example login
                 */
                type?: components["schemas"]["AuditType"];
                /** @description The `next` of the previous page. */
                after?: string;
                /**
                 * @description The maximum number of items.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of audit events. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMails: {
        parameters: {
            query?: {
                /**
                 * @description `due`: it waits to be sent; `failed`: refused for good; `expired`: it could not be sent in time; `closed`: it is void.
                 * @example due
                 */
                state?: components["schemas"]["MailState"];
                /** @description The `next` of the previous page. */
                after?: string;
                /**
                 * @description The maximum number of items.
                 * @example 50
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of mails. */
            200: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailPage"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryMail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A UUID, in any case.
                 * @example 0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done soon. */
            202: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed.
             */
            400: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `missing_token`: An access token is needed.
             *     `invalid_token`: The access token is not valid.
             *     `insufficient_user_authentication`: Prove again who you are: the last proof is too old, or too weak.
             */
            401: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: Your role does not allow this.
             *     `mail_disabled`: This service sends no mail.
             */
            403: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description What to send instead (RFC 6750 3, RFC 9470 3). */
                    "www-authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `mail_not_retryable`: The mail was sent, or is void. */
            409: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `credential_store_unavailable`: The credential store cannot be reached; try again soon. */
            503: {
                headers: {
                    /** @description How long the response may be kept. */
                    "cache-control": string;
                    /** @description After how many seconds to try again. */
                    "retry-after": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
