#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

typedef struct tree {
	struct tree *left, *right;
} tree;

static tree *bottom_up(long depth) {
	tree *t = malloc(sizeof *t);
	t->left = depth == 0 ? NULL : bottom_up(depth - 1);
	t->right = depth == 0 ? NULL : bottom_up(depth - 1);
	return t;
}

static long check(const tree *t) { return t == NULL ? 0 : 1 + check(t->left) + check(t->right); }

static void release(tree *t) {
	if (t == NULL)
		return;
	release(t->left);
	release(t->right);
	free(t);
}

int main(int argc, char **argv) {
	(void)argc;
	long depth = atol(argv[1]), start = now();
	tree *long_lived = bottom_up(depth);
	long nodes = (2L << depth) - 1, sum = 0;
	for (long d = 4; d <= depth; d += 4) {
		long trees = 1L << (depth - d + 4);
		for (long i = 0; i < trees; i++) {
			tree *t = bottom_up(d);
			sum += check(t);
			release(t);
		}
		nodes += trees * ((2L << d) - 1);
	}
	sum += check(long_lived);
	release(long_lived);
	printf("%ld %ld %ld\n", nodes, now() - start, sum);
}
