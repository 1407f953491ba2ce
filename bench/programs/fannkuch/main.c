#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static long checksum, most, permutations;

static void fannkuch(int n) {
	int perm[32], first[32], count[32];
	for (int i = 0; i < n; i++)
		first[i] = i;
	for (int r = n;;) {
		for (; r != 1; r--)
			count[r - 1] = r;
		memcpy(perm, first, n * sizeof *perm);
		long flips = 0;
		for (int k; (k = perm[0]) != 0; flips++)
			for (int i = 0, j = k; i < j; i++, j--) {
				int swap = perm[i];
				perm[i] = perm[j];
				perm[j] = swap;
			}
		if (flips > most)
			most = flips;
		checksum += permutations % 2 == 0 ? flips : -flips;
		permutations++;
		for (;; r++) {
			if (r == n)
				return;
			int head = first[0];
			for (int i = 0; i < r; i++)
				first[i] = first[i + 1];
			first[r] = head;
			if (--count[r] > 0)
				break;
		}
	}
}

int main(int argc, char **argv) {
	(void)argc;
	long n = atol(argv[1]), start = now();
	fannkuch(n);
	printf("%ld %ld %ld/%ld\n", permutations, now() - start, checksum, most);
}
