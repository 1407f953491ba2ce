#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static double element(long i, long j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }

static void times(long n, const double *v, double *out) {
	for (long i = 0; i < n; i++) {
		double sum = 0;
		for (long j = 0; j < n; j++)
			sum += element(i, j) * v[j];
		out[i] = sum;
	}
}

static void times_transposed(long n, const double *v, double *out) {
	for (long i = 0; i < n; i++) {
		double sum = 0;
		for (long j = 0; j < n; j++)
			sum += element(j, i) * v[j];
		out[i] = sum;
	}
}

static double norm(long n) {
	double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v), *w = malloc(n * sizeof *w);
	for (long i = 0; i < n; i++)
		u[i] = 1;
	for (int turn = 0; turn < 10; turn++) {
		times(n, u, w);
		times_transposed(n, w, v);
		times(n, v, w);
		times_transposed(n, w, u);
	}
	double uv = 0, vv = 0;
	for (long i = 0; i < n; i++) {
		uv += u[i] * v[i];
		vv += v[i] * v[i];
	}
	return sqrt(uv / vv);
}

int main(int argc, char **argv) {
	(void)argc;
	long n = atol(argv[1]), start = now();
	double result = norm(n);
	printf("%ld %ld %.9f\n", 40 * n * n, now() - start, result);
}
