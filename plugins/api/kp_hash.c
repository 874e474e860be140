/*
 * A short name for a long text: BLAKE2b of libsodium, which needs no start-up
 * for it and asks the system for nothing.
 */
#include "kp.h"

#include <sodium.h>

#define HASH_BYTES crypto_generichash_BYTES_MIN

struct kp_str
kp_hash(struct kp_mem *mem, struct kp_str text)
{
	unsigned char hash[HASH_BYTES];
	char *hex = kp_alloc(mem, 2 * HASH_BYTES + 1);

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text.p,
	    text.n, NULL, 0);
	sodium_bin2hex(hex, 2 * HASH_BYTES + 1, hash, sizeof(hash));
	return (struct kp_str){ hex, 2 * HASH_BYTES };
}
