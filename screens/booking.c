#include "config.h"

#include "screens/booking.h"
#include "screens/edit.h"

void booking_new(struct screen *s, const char *unit, day_t check_in, day_t check_out)
{
	(void)unit;
	(void)check_in;
	(void)check_out;
	edit_open(s, catalogue_resource("reservation"), NULL, NULL, 0);
}
