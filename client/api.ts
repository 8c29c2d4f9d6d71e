// Made from openapi.yaml by "npm run openapi": do not edit.

export interface paths {
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process is alive, regardless of its dependencies */
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
        /** Whether requests can be served; a 503 names the failed checks */
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
        /** The public keys that access tokens are verified with */
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
        /** The metadata of the issuer */
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
        /** The same document at the address where OpenID Connect libraries look; this is no OpenID provider */
        get: operations["readMetadataByDiscovery"];
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
        /** Begin a session with e-mail and password */
        post: operations["login"];
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
        /** Refresh a session: exchange its refresh token for new tokens */
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
        /** End a session, by any refresh token it ever had */
        post: operations["logout"];
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
        /** Create an account for yourself, if registration is open */
        post: operations["register"];
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
        /** Revocations and keys, as a stream of events or as one JSON document */
        get: operations["followRevocations"];
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
        /** The user that the access token identifies; no database query */
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
        /** Prove again who you are: get an access token for routes that ask for a recent proof */
        post: operations["stepUp"];
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
        /** Your account */
        get: operations["findAccount"];
        put?: never;
        post?: never;
        delete?: never;
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
        /** Change your password and end all your other sessions */
        put: operations["changePassword"];
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
        /** Your active sessions, newest first */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /** End all your sessions, the current one too */
        delete: operations["endSessions"];
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
        /** End one of your sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users, newest first */
        get: operations["listUsers"];
        put?: never;
        /** Create a user */
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
        /** One user */
        get: operations["findUser"];
        put?: never;
        post?: never;
        /** Delete a user and end all sessions of the user */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /** Update a user: a new role and new claims take effect at every edge at once; a new password or disabling ends every session */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/admin/users/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Active sessions of a user, newest first */
        get: operations["listSessionsOfUser"];
        put?: never;
        post?: never;
        /** End all sessions of a user */
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
        /** End one session of any user */
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
        /** End all sessions of all users, your own too: after a leak, or after the database was restored */
        delete: operations["endEverySession"];
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
        /** The signing keys and their schedule */
        get: operations["listKeys"];
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
        /** Rotate the signing key, or revoke a compromised one */
        post: operations["rotateKeys"];
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
        /** Audit events, newest first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
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
        /** @description Problem details (RFC 9457). */
        Problem: {
            /**
             * Format: uri-reference
             * @description Names the kind of problem.
             */
            type: string;
            /** @description The status in words. */
            title: string;
            /** @description The status of the response. */
            status: number;
            /** @description What is wrong, in one sentence. */
            detail: string;
            /** @description What is wrong, for programs: stable. */
            code: string;
            /** @description The members of the request that are invalid, where they can be named. */
            errors?: {
                /** @description JSON pointer into the body, or the name of a parameter. */
                path: string;
                /** @description What is wrong with it. */
                message: string;
            }[];
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description The process responds.
                         * @constant
                         */
                        status: "live";
                    };
                };
            };
            /** @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: Too much to do at the moment; try again soon. */
            503: {
                headers: {
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
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service is ready. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description Requests can be served.
                         * @constant
                         */
                        status: "ready";
                        /** @description The state of each dependency: "ok", or a remark such as "degraded". */
                        checks: {
                            [key: string]: string;
                        };
                    };
                };
            };
            /** @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The key that signs now, those that will sign, and those of tokens that have not expired. */
                        keys: ({
                            /** @description The key's id, as in the header of tokens. */
                            kid: string;
                            /** @constant */
                            alg: "ES256";
                            /**
                             * @description For signatures only.
                             * @constant
                             */
                            use: "sig";
                            /** @constant */
                            kty: "EC";
                            /** @constant */
                            crv: "P-256";
                            /** @description A coordinate, in base64url. */
                            x: string;
                            /** @description A coordinate, in base64url. */
                            y: string;
                        } | {
                            /** @description The key's id, as in the header of tokens. */
                            kid: string;
                            /** @constant */
                            alg: "EdDSA";
                            /**
                             * @description For signatures only.
                             * @constant
                             */
                            use: "sig";
                            /** @constant */
                            kty: "OKP";
                            /** @constant */
                            crv: "Ed25519";
                            /** @description The public key, in base64url. */
                            x: string;
                        } | {
                            /** @description The key's id, as in the header of tokens. */
                            kid: string;
                            /** @constant */
                            alg: "RS256";
                            /**
                             * @description For signatures only.
                             * @constant
                             */
                            use: "sig";
                            /** @constant */
                            kty: "RSA";
                            /** @description The modulus, in base64url. */
                            n: string;
                            /** @description The exponent, in base64url. */
                            e: string;
                        })[];
                    };
                };
            };
            /** @description Not modified. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: Too much to do at the moment; try again soon. */
            503: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
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
                };
            };
            /** @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: Too much to do at the moment; try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readMetadataByDiscovery: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
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
                };
            };
            /** @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: Too much to do at the moment; try again soon. */
            503: {
                headers: {
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
        requestBody: {
            content: {
                "application/json": {
                    /** @description E-mail of the account. Case and surrounding white space do not matter. */
                    email: string;
                    /**
                     * Format: password
                     * @description The password. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
                     */
                    password: string;
                    /**
                     * @description Where the refresh token is: in the response body, or, for browsers, in an HttpOnly cookie.
                     * @default body
                     */
                    delivery?: "body" | "cookie";
                    /** @description The service that the access token is for: one of AUDIENCES, the first if absent. */
                    audience?: string;
                };
            };
        };
        responses: {
            /** @description Tokens of a session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The access token, a JWT (RFC 9068). */
                        access_token: string;
                        /**
                         * @description How to send it (RFC 6750 2.1).
                         * @constant
                         */
                        token_type: "Bearer";
                        /** @description Seconds until the access token expires. */
                        expires_in: number;
                        /** @description The token for the next refresh: keep the newest. Absent if in the cookie. */
                        refresh_token?: string;
                        /** @description A refresh within so many seconds is accepted, unless the session was ended. */
                        refresh_expires_in: number;
                        /**
                         * Format: uuid
                         * @description Id of the session; a refresh does not change it.
                         */
                        session_id: string;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             *     `invalid_target`: There is no such audience.
             *     `ambiguous_credentials`: The request carries the session cookie more than once.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_credentials`: E-mail or password is wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site`: Cookies are accepted from listed origins only. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
        requestBody: {
            content: {
                "application/json": {
                    /** @description The refresh token, if it is not in the cookie. */
                    refresh_token?: string;
                    /** @description The service that the access token is for: one of AUDIENCES, the first if absent. */
                    audience?: string;
                };
            };
        };
        responses: {
            /** @description Tokens of a session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The access token, a JWT (RFC 9068). */
                        access_token: string;
                        /**
                         * @description How to send it (RFC 6750 2.1).
                         * @constant
                         */
                        token_type: "Bearer";
                        /** @description Seconds until the access token expires. */
                        expires_in: number;
                        /** @description The token for the next refresh: keep the newest. Absent if in the cookie. */
                        refresh_token?: string;
                        /** @description A refresh within so many seconds is accepted, unless the session was ended. */
                        refresh_expires_in: number;
                        /**
                         * Format: uuid
                         * @description Id of the session; a refresh does not change it.
                         */
                        session_id: string;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             *     `invalid_target`: There is no such audience.
             *     `ambiguous_credentials`: The request carries the session cookie more than once.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_refresh_token`: The session has ended; log in again. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site`: Cookies are accepted from listed origins only. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `refresh_retry`: An earlier refresh of this session may still be on its way; try again later.
             *     `credential_store_unavailable`: The credential store cannot be reached; try again soon.
             *     `overloaded`: Too much to do at the moment; try again soon.
             */
            503: {
                headers: {
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
        requestBody: {
            content: {
                "application/json": {
                    /** @description The refresh token, if it is not in the cookie. */
                    refresh_token?: string;
                };
            };
        };
        responses: {
            /** @description The session has ended, now or before. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             *     `ambiguous_credentials`: The request carries the session cookie more than once.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site`: Cookies are accepted from listed origins only. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
        requestBody: {
            content: {
                "application/json": {
                    /** @description E-mail. Case, and white space around it, are ignored. */
                    email: string;
                    /**
                     * Format: password
                     * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
                     */
                    password: string;
                };
            };
        };
        responses: {
            /** @description A user. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The id of the user. It never changes, and is never reused.
                         */
                        id: string;
                        /** @description E-mail, as it was typed when the account was created. */
                        email: string;
                        /** @description The role of the user. */
                        role: string;
                        /**
                         * Format: date-time
                         * @description When the account was created.
                         */
                        created_at: string;
                    };
                };
            };
            /** @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `registration_closed`: Registration is closed. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `email_taken`: A user with this e-mail exists. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                /** @description The capability that the request behind the gateway needs. */
                allow?: string;
                /** @description The service that the access token is for: one of AUDIENCES, the first if absent. */
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
                    /** @description The id of the user. */
                    "X-Auth-User"?: string;
                    /** @description The role of the user; empty for a token with a ceiling, which has less than the role. */
                    "X-Auth-Role"?: string;
                    /** @description The id of the session. */
                    "X-Auth-Session"?: string;
                    /** @description The custom claims of the user, as JSON in ASCII; `{}` if there are none. */
                    "X-Auth-Claims"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             *     `invalid_target`: There is no such audience.
             *     `invalid_request`: Send exactly one credential.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: Too much to do at the moment; try again soon. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followRevocations: {
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
                    /** @description The cursor. */
                    etag?: string;
                    /** @description The database's time of the last successful sync: all revocations before it are included. */
                    "gatepass-as-of"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The id of the last event that the document includes, `epoch-seq`; also the ETag. */
                        cursor: string;
                        /**
                         * Format: date-time
                         * @description The database's time of the last successful sync: all revocations before it are included.
                         */
                        as_of: string;
                        /** @description Ended sessions. */
                        revoked: {
                            /**
                             * Format: uuid
                             * @description The session.
                             */
                            sid: string;
                            /** @description When the last of its tokens has expired. NumericDate. */
                            exp: number;
                        }[];
                        /** @description Not-befores in force. */
                        refresh_required: {
                            /**
                             * Format: uuid
                             * @description The user; everybody if it is left out.
                             */
                            sub?: string;
                            /** @description Tokens with an earlier `iat` are rejected. NumericDate. */
                            before: number;
                            /** @description When the last of those tokens has expired. NumericDate. */
                            exp: number;
                        }[];
                        /** @description Signing keys. */
                        keys: {
                            /** @description The current JWKS. */
                            jwks: {
                                /** @description Trusted keys. */
                                keys: ({
                                    /** @description Its id. */
                                    kid: string;
                                    /**
                                     * @description The only algorithm it is used with.
                                     * @enum {string}
                                     */
                                    alg: "ES256" | "EdDSA" | "RS256";
                                    /**
                                     * @description Its use.
                                     * @constant
                                     */
                                    use: "sig";
                                    /** @description Its type; the other members depend on it. */
                                    kty: string;
                                } & {
                                    [key: string]: unknown;
                                })[];
                            };
                            /** @description Ids of revoked keys, which are never trusted again. */
                            revoked: string[];
                        };
                    };
                    "text/event-stream": string;
                };
            };
            /** @description Not modified since the document of If-None-Match. */
            304: {
                headers: {
                    /** @description The cursor. */
                    etag?: string;
                    /** @description The database's time of the last successful sync: all revocations before it are included. */
                    "gatepass-as-of"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_acceptable`: None of the media types in Accept is available here. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The id of the user.
                         */
                        id: string;
                        /** @description The role of the user. */
                        role: string;
                        /** @description The capabilities of the role in this service. */
                        capabilities: string[];
                        /**
                         * Format: uuid
                         * @description The session of this token.
                         */
                        session_id: string;
                        /**
                         * Format: date-time
                         * @description When this token was issued.
                         */
                        issued_at: string;
                        /**
                         * Format: date-time
                         * @description When this token expires.
                         */
                        expires_at: string;
                        /** @description Custom claims: what every service learns of the user, in 96 bytes of JSON. */
                        claims: {
                            [key: string]: string | number | boolean;
                        };
                        /** @description How strong the last proof was, as the access token says; null for a machine. */
                        level: number | null;
                        /** @description When the user proved who they are, as the access token says; null for a machine. */
                        auth_time: string | null;
                    };
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: Too much to do at the moment; try again soon. */
            503: {
                headers: {
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
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: password
                     * @description The password. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
                     */
                    password: string;
                    /** @description The service that the access token is for: one of AUDIENCES, the first if absent. */
                    audience?: string;
                };
            };
        };
        responses: {
            /** @description One access token, and no refresh token: a refresh does not inherit the proof. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description An access token of the same session, with the time and the level of the proof. */
                        access_token: string;
                        /**
                         * @description How to send it (RFC 6750 2.1).
                         * @constant
                         */
                        token_type: "Bearer";
                        /** @description Seconds until the access token expires. */
                        expires_in: number;
                        /** @description The level of the proof: `aal1`, `aal2` or `phr`. */
                        acr: string;
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             *     `invalid_target`: There is no such audience.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findAccount: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The id of the user. It never changes, and is never reused.
                         */
                        id: string;
                        /** @description E-mail, as it was typed when the account was created. */
                        email: string;
                        /** @description The role of the user. */
                        role: string;
                        /**
                         * Format: date-time
                         * @description When the account was created.
                         */
                        created_at: string;
                        /** @description Custom claims: what every service learns of the user, in 96 bytes of JSON. */
                        claims: {
                            [key: string]: string | number | boolean;
                        };
                        /** @description How strong the last proof was, as the access token says; null for a machine. */
                        level: number | null;
                        /** @description When the user proved who they are, as the access token says; null for a machine. */
                        auth_time: string | null;
                    };
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: password
                     * @description The password. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
                     */
                    current_password: string;
                    /**
                     * Format: password
                     * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
                     */
                    new_password: string;
                };
            };
        };
        responses: {
            /** @description The password has changed. The next request may be answered with `refresh_required`. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description The `next` of the previous page. */
                after?: string;
                /** @description The maximum number of items. */
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Your active sessions, newest first. */
                        sessions: {
                            /**
                             * Format: uuid
                             * @description Id of the session.
                             */
                            id: string;
                            /**
                             * Format: date-time
                             * @description Time of its login.
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description The day of its last refresh; for the session of this request, now.
                             */
                            last_seen_at: string;
                            /** @description User-Agent of its login, as it was sent. */
                            user_agent: string | null;
                            /** @description Address of its login. */
                            ip: string | null;
                            /**
                             * Format: date-time
                             * @description When the user proved who they are.
                             */
                            authenticated_at: string;
                            /** @description How strong the proof was: 1 a password, 2 two factors, 3 a passkey that verified the user. */
                            level: number;
                            /** @description The proofs: `password`. */
                            methods: string[];
                            /** @description Whether it is the session of this request. */
                            current: boolean;
                        }[];
                        /** @description The `after` of the next page; null on the last page. */
                        next: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSessions: {
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
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID, in any case. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended, at every edge. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `url_too_long`: The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                /** @description The whole e-mail. Case, and white space around it, are ignored. */
                email?: string;
                /** @description The role of the user. */
                role?: string;
                /** @description The `next` of the previous page. */
                after?: string;
                /** @description The maximum number of items. */
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Newest first. */
                        users: {
                            /**
                             * Format: uuid
                             * @description The id of the user. It never changes, and is never reused.
                             */
                            id: string;
                            /** @description E-mail, as it was typed when the account was created. */
                            email: string;
                            /** @description The role of the user. */
                            role: string;
                            /**
                             * Format: date-time
                             * @description When the account was created.
                             */
                            created_at: string;
                            /** @description Custom claims: what every service learns of the user, in 96 bytes of JSON. */
                            claims: {
                                [key: string]: string | number | boolean;
                            };
                            /** @description Whether the user cannot log in. */
                            disabled: boolean;
                        }[];
                        /** @description The `after` of the next page; null on the last page. */
                        next: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
        requestBody: {
            content: {
                "application/json": {
                    /** @description E-mail. Case, and white space around it, are ignored. */
                    email: string;
                    /**
                     * Format: password
                     * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
                     */
                    password: string;
                    /** @description The role of the user. */
                    role: string;
                    /** @description Custom claims: what every service learns of the user, in 96 bytes of JSON. */
                    claims?: {
                        [key: string]: string | number | boolean;
                    };
                };
            };
        };
        responses: {
            /** @description A user. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The id of the user. It never changes, and is never reused.
                         */
                        id: string;
                        /** @description E-mail, as it was typed when the account was created. */
                        email: string;
                        /** @description The role of the user. */
                        role: string;
                        /**
                         * Format: date-time
                         * @description When the account was created.
                         */
                        created_at: string;
                        /** @description Custom claims: what every service learns of the user, in 96 bytes of JSON. */
                        claims: {
                            [key: string]: string | number | boolean;
                        };
                        /** @description Whether the user cannot log in. */
                        disabled: boolean;
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `email_taken`: A user with this e-mail exists. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                /** @description A UUID, in any case. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The id of the user. It never changes, and is never reused.
                         */
                        id: string;
                        /** @description E-mail, as it was typed when the account was created. */
                        email: string;
                        /** @description The role of the user. */
                        role: string;
                        /**
                         * Format: date-time
                         * @description When the account was created.
                         */
                        created_at: string;
                        /** @description Custom claims: what every service learns of the user, in 96 bytes of JSON. */
                        claims: {
                            [key: string]: string | number | boolean;
                        };
                        /** @description Whether the user cannot log in. */
                        disabled: boolean;
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `url_too_long`: The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                /** @description A UUID, in any case. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `last_admin`: The last admin cannot be deleted, disabled or demoted. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `url_too_long`: The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                /** @description A UUID, in any case. */
                id: string;
            };
            cookie?: never;
        };
        /** @description New values; an absent member is not changed. */
        requestBody: {
            content: {
                "application/json": {
                    /** @description The role of the user. */
                    role?: string;
                    /** @description Whether the user cannot log in; true ends all sessions of the user. */
                    disabled?: boolean;
                    /**
                     * Format: password
                     * @description The new password: long enough, at most 256 characters, not easy to guess. Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.
                     */
                    password?: string;
                    /** @description Custom claims: what every service learns of the user, in 96 bytes of JSON. */
                    claims?: {
                        [key: string]: string | number | boolean;
                    };
                    /** @description E-mail. Case, and white space around it, are ignored. */
                    email?: string;
                };
            };
        };
        responses: {
            /** @description A user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The id of the user. It never changes, and is never reused.
                         */
                        id: string;
                        /** @description E-mail, as it was typed when the account was created. */
                        email: string;
                        /** @description The role of the user. */
                        role: string;
                        /**
                         * Format: date-time
                         * @description When the account was created.
                         */
                        created_at: string;
                        /** @description Custom claims: what every service learns of the user, in 96 bytes of JSON. */
                        claims: {
                            [key: string]: string | number | boolean;
                        };
                        /** @description Whether the user cannot log in. */
                        disabled: boolean;
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `url_too_long`: The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `weak_password`: The new password is too weak. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many attempts; wait before the next one. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                /** @description The maximum number of items. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description A UUID, in any case. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions of a user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The active sessions, newest first. */
                        sessions: {
                            /**
                             * Format: uuid
                             * @description Id of the session.
                             */
                            id: string;
                            /**
                             * Format: date-time
                             * @description Time of its login.
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description The day of its last refresh; for the session of this request, now.
                             */
                            last_seen_at: string;
                            /** @description User-Agent of its login, as it was sent. */
                            user_agent: string | null;
                            /** @description Address of its login. */
                            ip: string | null;
                            /**
                             * Format: date-time
                             * @description When the user proved who they are.
                             */
                            authenticated_at: string;
                            /** @description How strong the proof was: 1 a password, 2 two factors, 3 a passkey that verified the user. */
                            level: number;
                            /** @description The proofs: `password`. */
                            methods: string[];
                        }[];
                        /** @description The `after` of the next page; null on the last page. */
                        next: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `url_too_long`: The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                /** @description A UUID, in any case. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `url_too_long`: The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                /** @description A UUID, in any case. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `url_too_long`: The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endEverySession: {
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
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description The database's time, which all times here are measured in.
                         */
                        as_of: string;
                        /**
                         * Format: date-time
                         * @description When the next rotation is due.
                         */
                        next_rotation_at: string;
                        /** @description Newest first. */
                        keys: {
                            /** @description The key's id, as in the header of tokens. */
                            kid: string;
                            /** @description The one algorithm it is used with. */
                            algorithm: string;
                            /**
                             * @description Whether it will sign next, signs now, only verifies older tokens, or is not trusted any more.
                             * @enum {string}
                             */
                            state: "standby" | "signing" | "verifying" | "revoked";
                            /**
                             * Format: date-time
                             * @description When it was published.
                             */
                            published_at: string;
                            /** @description When it begins to sign; null for a standby. */
                            signs_from: string | null;
                            /** @description When it leaves the JWKS; null while it has no successor. */
                            verifies_until: string | null;
                            /** @description When it was revoked. */
                            revoked_at: string | null;
                        }[];
                        /** @description Rows that are not bound to SECRET_KEYS and not trusted; a hundred at most. Empty unless the database was tampered with. */
                        rejected: {
                            /** @description The id that the row has. */
                            kid: string;
                            /**
                             * @description The row is no valid key, names an unknown secret, or was changed by somebody without SECRET_KEYS.
                             * @enum {string}
                             */
                            reason: "malformed" | "unknown_secret" | "wrong_mac";
                        }[];
                    };
                };
            };
            /** @description `invalid_request`: Send exactly one credential. */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The kid of a compromised key to revoke, or "all" to revoke all keys. If absent, the rotation is an orderly one. */
                    compromised?: string;
                    /** @description With `compromised`: whether the published standby signs next, instead of a key that is made now. A new key makes most verifiers without the feed fetch the key set, and so forget the compromised one; the standby is smooth for those that do not fetch for an unknown key. */
                    use_standby?: boolean;
                };
            };
        };
        responses: {
            /** @description The keyring and its schedule. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description The database's time, which all times here are measured in.
                         */
                        as_of: string;
                        /**
                         * Format: date-time
                         * @description When the next rotation is due.
                         */
                        next_rotation_at: string;
                        /** @description Newest first. */
                        keys: {
                            /** @description The key's id, as in the header of tokens. */
                            kid: string;
                            /** @description The one algorithm it is used with. */
                            algorithm: string;
                            /**
                             * @description Whether it will sign next, signs now, only verifies older tokens, or is not trusted any more.
                             * @enum {string}
                             */
                            state: "standby" | "signing" | "verifying" | "revoked";
                            /**
                             * Format: date-time
                             * @description When it was published.
                             */
                            published_at: string;
                            /** @description When it begins to sign; null for a standby. */
                            signs_from: string | null;
                            /** @description When it leaves the JWKS; null while it has no successor. */
                            verifies_until: string | null;
                            /** @description When it was revoked. */
                            revoked_at: string | null;
                        }[];
                        /** @description Rows that are not bound to SECRET_KEYS and not trusted; a hundred at most. Empty unless the database was tampered with. */
                        rejected: {
                            /** @description The id that the row has. */
                            kid: string;
                            /**
                             * @description The row is no valid key, names an unknown secret, or was changed by somebody without SECRET_KEYS.
                             * @enum {string}
                             */
                            reason: "malformed" | "unknown_secret" | "wrong_mac";
                        }[];
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Only events about this user. */
                user_id?: string;
                /** @description Only events of this type. */
                type?: "login" | "login_failed" | "refresh_reuse" | "refresh_ahead" | "refresh_shared" | "logout" | "session_ended" | "sessions_ended" | "step_up" | "password_changed" | "user_created" | "user_role_changed" | "user_claims_changed" | "user_email_changed" | "user_disabled" | "user_enabled" | "user_deleted" | "keys_rotated" | "key_revoked" | "signing_key_rejected";
                /** @description The `next` of the previous page. */
                after?: string;
                /** @description The maximum number of items. */
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Newest first. */
                        events: {
                            /**
                             * Format: uuid
                             * @description The event's id.
                             */
                            id: string;
                            /**
                             * Format: date-time
                             * @description When it happened.
                             */
                            at: string;
                            /** @description The type of the event. */
                            type: string;
                            /** @description The user that the event is about. */
                            user_id: string | null;
                            /** @description The user who did it; null for the service, the command line, and a client that is not logged in. */
                            actor_id: string | null;
                            /** @description The session that the event is about. */
                            session_id: string | null;
                            /** @description The IP address of the client. */
                            ip: string | null;
                            /** @description The User-Agent header of the request. */
                            user_agent: string | null;
                            /** @description The id of the request in the log. */
                            request_id: string | null;
                            /** @description More data; depends on the type. */
                            details: {
                                [key: string]: unknown;
                            };
                        }[];
                        /** @description The `after` of the next page; null on the last page. */
                        next: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: Send exactly one credential.
             *     `invalid_request`: The request is malformed; see "errors" for the members at fault, where they can be named.
             */
            400: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_scope`: Your role does not allow this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers_too_large`: The request header is too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
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
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
