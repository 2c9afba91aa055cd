/* The handlers of /api/v1/auth, listed in auth_routes.c. */
#ifndef SERVER_AUTH_ROUTES_H
#define SERVER_AUTH_ROUTES_H

#include "server/http.h"

/* auth_login.c */
void auth_login(struct request *r);
void auth_mfa(struct request *r);
void auth_refresh(struct request *r);
void auth_logout(struct request *r);
/* auth_account.c */
void auth_me(struct request *r);
void auth_password(struct request *r);
void auth_step_up(struct request *r);
/* auth_totp.c */
void auth_totp(struct request *r);
void auth_totp_confirm(struct request *r);
void auth_totp_drop(struct request *r);
/* auth_keys.c */
void auth_sessions(struct request *r);
void auth_session_end(struct request *r);
void auth_keys(struct request *r);
void auth_key_make(struct request *r);
void auth_key_end(struct request *r);
void auth_password_reset(struct request *r);

#endif
