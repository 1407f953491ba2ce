#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

// After how many steps the point leaves the circle, at most 50.
static long escapes(double cr, double ci) {
	double zr = 0, zi = 0;
	for (int step = 0; step < 50; step++) {
		double rr = zr * zr, ii = zi * zi;
		if (rr + ii > 4)
			return step;
		zi = 2 * zr * zi + ci;
		zr = rr - ii + cr;
	}
	return 50;
}

int main(int argc, char **argv) {
	(void)argc;
	long n = atol(argv[1]), start = now(), sum = 0;
	for (long y = 0; y < n; y++)
		for (long x = 0; x < n; x++)
			sum += escapes(2.0 * x / n - 1.5, 2.0 * y / n - 1);
	printf("%ld %ld %ld\n", n * n, now() - start, sum);
}
