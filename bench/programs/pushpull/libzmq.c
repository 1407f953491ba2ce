// PUSH and PULL over inproc, a thread each.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

typedef struct {
	long id, size;
} job;

static void *context;
static long n;

static void *produce(void *unused) {
	void *out = zmq_socket(context, ZMQ_PUSH);
	zmq_connect(out, "inproc://jobs");
	for (long i = 0; i < n; i++) {
		job j = {i, 1};
		zmq_send(out, &j, sizeof j, 0);
	}
	zmq_close(out);
	return unused;
}

int main(int argc, char **argv) {
	struct timespec start, end;
	n = argc > 1 ? atol(argv[1]) : 0;
	clock_gettime(CLOCK_MONOTONIC, &start);
	context = zmq_ctx_new();
	void *in = zmq_socket(context, ZMQ_PULL);
	zmq_bind(in, "inproc://jobs");
	pthread_t producer;
	pthread_create(&producer, NULL, produce, NULL);
	long sum = 0;
	for (long i = 0; i < n; i++) {
		job j;
		zmq_recv(in, &j, sizeof j, 0);
		sum += j.id * j.size;
	}
	pthread_join(producer, NULL);
	zmq_close(in);
	zmq_ctx_term(context);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%ld %lld %ld\n", n, (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec, sum);
}
