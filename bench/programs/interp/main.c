#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

typedef enum { PUSH, LOAD, STORE, ADD, MUL, LESS, JUMP_IF, HALT } code;

typedef struct {
	code code;
	int64_t arg;
} op;

// Sums the squares of the numbers below the first local variable.
static const op squares[] = {
	{LOAD, 2}, {LOAD, 1}, {LOAD, 1}, {MUL, 0}, {ADD, 0}, {STORE, 2},
	{LOAD, 1}, {PUSH, 1}, {ADD, 0}, {STORE, 1},
	{LOAD, 1}, {LOAD, 0}, {LESS, 0}, {JUMP_IF, 0},
	{HALT, 0},
};

// How many instructions it ran; the locals are changed. Unsigned, because these sums wrap around.
static long run(const op *program, uint64_t *locals) {
	uint64_t stack[16];
	long steps = 0;
	for (int top = 0, pc = 0;;) {
		steps++;
		const op *op = &program[pc++];
		switch (op->code) {
		case PUSH:
			stack[top++] = op->arg;
			break;
		case LOAD:
			stack[top++] = locals[op->arg];
			break;
		case STORE:
			locals[op->arg] = stack[--top];
			break;
		case ADD:
			top--;
			stack[top - 1] += stack[top];
			break;
		case MUL:
			top--;
			stack[top - 1] *= stack[top];
			break;
		case LESS:
			top--;
			stack[top - 1] = (int64_t)stack[top - 1] < (int64_t)stack[top];
			break;
		case JUMP_IF:
			if (stack[--top] != 0)
				pc = op->arg;
			break;
		case HALT:
			return steps;
		}
	}
}

int main(int argc, char **argv) {
	(void)argc;
	uint64_t locals[] = {atol(argv[1]), 0, 0};
	long start = now(), steps = run(squares, locals);
	printf("%ld %ld %ld\n", steps, now() - start, (long)locals[2]);
}
