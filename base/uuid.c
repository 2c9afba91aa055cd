#include "config.h"

#include "base/uuid.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/mem.h"

/* Milliseconds and a counter of the last one made: what makes the next one greater. Of all threads, under the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_ms;
static uint32_t counter; /* 12 + 14 bits used: rand_a and the head of rand_b */

#define COUNTER_BITS 26

static void fill_random(void *p, size_t n)
{
	unsigned char *to = p;
	while (n > 0) {
		ssize_t got = getrandom(to, n, 0);
		if (got < 0) {
			if (errno == EINTR)
				continue;
			die("no random numbers: %s", strerror(errno));
		}
		to += got;
		n -= (size_t)got;
	}
}

static uint64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* RFC 9562 §6.2 method 1: a fixed-length counter, seeded with its top bit clear at each new millisecond. */
static uint64_t advance(uint32_t *count)
{
	uint64_t ms = now_ms();

	pthread_mutex_lock(&lock);
	if (ms > last_ms) {
		uint32_t r;
		fill_random(&r, sizeof r);
		last_ms = ms;
		counter = r & ((1u << (COUNTER_BITS - 1)) - 1);
	} else if (++counter >= 1u << COUNTER_BITS) {
		last_ms++;
		counter = 0;
	}
	ms = last_ms;
	*count = counter;
	pthread_mutex_unlock(&lock);
	return ms;
}

void uuid_v7(char out[static UUID_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char b[16];
	uint32_t count;
	uint64_t ms = advance(&count);

	fill_random(b + 10, 6);
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(ms >> (40 - 8 * i));
	b[6] = (unsigned char)(0x70 | (count >> 22 & 0x0F));
	b[7] = (unsigned char)(count >> 14);
	b[8] = (unsigned char)(0x80 | (count >> 8 & 0x3F));
	b[9] = (unsigned char)count;

	char *p = out;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[b[i] >> 4];
		*p++ = hex[b[i] & 15];
	}
	*p = '\0';
}

bool uuid_valid(const char *s)
{
	for (int i = 0; i < UUID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return false;
	}
	return s[UUID_LEN] == '\0';
}
