#include "config.h"

#include "server/auth_routes.h"

#include "server/routes.h"

const struct route auth_routes[] = {
	{ POST, "/api/v1/auth/login", ACCESS_PUBLIC, auth_login, "Sign in with login and password", "auth-login" },
	{ POST, "/api/v1/auth/mfa", ACCESS_PUBLIC, auth_mfa, "Show the second factor", "auth-mfa" },
	{ POST, "/api/v1/auth/refresh", ACCESS_PUBLIC, auth_refresh, "New tokens for a refresh token", "auth-refresh" },
	{ POST, "/api/v1/auth/logout", ACCESS_LOGIN, auth_logout, "End this session", NULL },
	{ GET, "/api/v1/auth/me", ACCESS_PERSON, auth_me, "Who asks, and what he may do", "auth-me" },
	{ POST, "/api/v1/auth/password", ACCESS_LOGIN, auth_password, "Choose another password", "auth-password" },
	{ POST, "/api/v1/auth/step-up", ACCESS_LOGIN, auth_step_up, "Prove who you are once more", "auth-step-up" },
	{ POST, "/api/v1/auth/totp", ACCESS_LOGIN, auth_totp, "A secret for an authenticator", "auth-totp" },
	{ DELETE, "/api/v1/auth/totp", ACCESS_LOGIN, auth_totp_drop, "Do without an authenticator", NULL },
	{ POST, "/api/v1/auth/totp/confirm", ACCESS_LOGIN, auth_totp_confirm, "Put the authenticator in force",
	  "auth-totp-confirm" },
	{ GET, "/api/v1/auth/sessions", ACCESS_LOGIN, auth_sessions, "The sessions that there are", "auth-sessions" },
	{ DELETE, "/api/v1/auth/sessions/{session}", ACCESS_LOGIN, auth_session_end, "End a session", NULL },
	{ GET, "/api/v1/auth/keys", ACCESS_LOGIN, auth_keys, "The API keys that there are", "auth-keys" },
	{ POST, "/api/v1/auth/keys", ACCESS_LOGIN, auth_key_make, "A new API key, shown once", "auth-key-make" },
	{ DELETE, "/api/v1/auth/keys/{key}", ACCESS_LOGIN, auth_key_end, "Revoke an API key", NULL },
	{ POST, "/api/v1/auth/users/{key}/password-reset", ACCESS_LOGIN, auth_password_reset,
	  "A one-time password for somebody else", "auth-password-reset" },
	{ 0 },
};
