#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

// The next of a fixed sequence of numbers.
static long next_random(uint64_t *state) {
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static int compare(const void *a, const void *b) {
	long x = *(const long *)a, y = *(const long *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv) {
	(void)argc;
	long n = atol(argv[1]), *xs = malloc(n * sizeof *xs);
	uint64_t state = 1;
	for (long i = 0; i < n; i++)
		xs[i] = next_random(&state);
	long start = now();
	qsort(xs, n, sizeof *xs, compare);
	long took = now() - start, sum = 0;
	for (long i = 0; i < n; i++)
		sum = (sum * 31 + xs[i] + i) % 1000000007;
	printf("%ld %ld %ld\n", n, took, sum);
}
