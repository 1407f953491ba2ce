#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static double *matrix(long n, double seed) {
	double *m = malloc(n * n * sizeof *m);
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++)
			m[i * n + j] = seed * (double)(i - j) * (double)(i + j) / n;
	return m;
}

static void product(long n, const double *a, const double *b, double *restrict c) {
	for (long i = 0; i < n; i++)
		for (long k = 0; k < n; k++) {
			double x = a[i * n + k];
			for (long j = 0; j < n; j++)
				c[i * n + j] += x * b[k * n + j];
		}
}

int main(int argc, char **argv) {
	(void)argc;
	long n = atol(argv[1]);
	double *a = matrix(n, 1), *b = matrix(n, 0.5);
	long start = now();
	double *c = calloc(n * n, sizeof *c);
	product(n, a, b, c);
	long took = now() - start;
	printf("%ld %ld %.6f\n", n * n * n, took, c[n / 2 * n + n / 2] + c[(n - 1) * n]);
}
