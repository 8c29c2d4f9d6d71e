// The verifiers that are run, and what docs/verifying.md says about them.

/**
 * @typedef {object} Verifier
 * @property {string} name the path that its program serves
 * @property {string} title with the version that is in the manifest of its group
 * @property {string} program of its group
 * @property {boolean} [eddsa] false where it has no EdDSA
 * @property {string[]} [accepts] bad tokens that it accepts, because it has no setting for them; the service never issues any
 */

const APACHE_ACCEPTS = ['another type', 'not yet valid']

/** @type {Record<string, Verifier[]>} by group */
export const VERIFIERS = {
  npm: [
    { name: 'jose', title: 'jose 6.2.18', program: 'npm' },
    { name: 'oauth4webapi', title: 'oauth4webapi 3.8.8', program: 'npm' },
    { name: 'express-oauth2-jwt-bearer', title: 'express-oauth2-jwt-bearer 1.10.0', program: 'npm' },
    { name: 'jsonwebtoken', title: 'jsonwebtoken 9.0.3, jwks-rsa 4.1.0', program: 'npm', eddsa: false },
    { name: 'get-jwks', title: 'get-jwks 11.0.3, fast-jwt 6.3.6', program: 'npm', eddsa: false },
    { name: 'hono', title: 'hono 4.13.19', program: 'npm' },
    { name: 'aws-jwt-verify', title: 'aws-jwt-verify 5.2.1', program: 'npm' }
  ],
  go: [
    { name: 'golang-jwt', title: 'golang-jwt 5.3.1, keyfunc 3.9.2', program: 'go' },
    { name: 'go-oidc', title: 'go-oidc 3.21.0', program: 'go', accepts: ['another type'] },
    { name: 'jwx', title: 'jwx 3.4.0', program: 'go' },
    { name: 'go-jwt-middleware', title: 'go-jwt-middleware 2.3.1', program: 'go', accepts: ['another type'] },
    { name: 'zitadel', title: 'zitadel/oidc 3.52.0', program: 'go', accepts: ['another type'] }
  ],
  java: [
    { name: 'spring-boot-4', title: 'Spring Boot 4.1.2', program: 'spring-boot-4', eddsa: false },
    { name: 'spring-boot-3', title: 'Spring Boot 3.5.7', program: 'spring-boot-3', eddsa: false },
    { name: 'quarkus-oidc', title: 'quarkus-oidc 3.33.2', program: 'quarkus-oidc', accepts: ['another type'] },
    { name: 'quarkus-smallrye-jwt', title: 'quarkus-smallrye-jwt 3.33.2', program: 'quarkus-smallrye-jwt', accepts: ['another type'] },
    { name: 'nimbus', title: 'nimbus-jose-jwt 10.10', program: 'java', eddsa: false },
    { name: 'jose4j', title: 'jose4j 0.9.7', program: 'java' },
    { name: 'java-jwt', title: 'java-jwt 4.6.2, jwks-rsa 0.24.2', program: 'java', eddsa: false },
    { name: 'jjwt', title: 'jjwt 0.13.0', program: 'java' }
  ],
  python: [
    { name: 'fastapi', title: 'PyJWT 2.15.1', program: 'fastapi' },
    { name: 'authlib', title: 'Authlib 1.9.10', program: 'python', eddsa: false },
    { name: 'joserfc', title: 'joserfc 1.8.0', program: 'python' },
    { name: 'simplejwt', title: 'djangorestframework_simplejwt 5.5.1', program: 'python', accepts: ['another type'] },
    { name: 'flask-jwt-extended', title: 'Flask-JWT-Extended 4.7.4', program: 'python' },
    { name: 'python-jose', title: 'python-jose 3.5.0', program: 'python', eddsa: false }
  ],
  rust: [
    { name: 'jsonwebtoken', title: 'jsonwebtoken 12.0.0', program: 'rust' },
    { name: 'jwt-authorizer', title: 'jwt-authorizer 0.15.0', program: 'rust', accepts: ['another type'] }
  ],
  debian: [
    { name: 'mod_auth_openidc/', title: 'mod_auth_openidc 2.4.12.3', program: 'debian', eddsa: false, accepts: APACHE_ACCEPTS },
    { name: 'mod_oauth2/', title: 'mod_oauth2 3.3.1', program: 'debian', eddsa: false, accepts: APACHE_ACCEPTS }
  ]
}
