// REQ and REP over inproc, a thread each.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

static void *context;
static long n;

static void *serve(void *in) {
	for (long i = 0; i < n; i++) {
		long q;
		zmq_recv(in, &q, sizeof q, 0);
		q++;
		zmq_send(in, &q, sizeof q, 0);
	}
	zmq_close(in);
	return NULL;
}

int main(int argc, char **argv) {
	struct timespec start, end;
	n = argc > 1 ? atol(argv[1]) : 0;
	context = zmq_ctx_new();
	void *in = zmq_socket(context, ZMQ_REP);
	zmq_bind(in, "inproc://ask");
	void *ask = zmq_socket(context, ZMQ_REQ);
	zmq_connect(ask, "inproc://ask");
	pthread_t server;
	// Its socket moves to the other thread: creating one is a full fence.
	pthread_create(&server, NULL, serve, in);
	clock_gettime(CLOCK_MONOTONIC, &start);
	long sum = 0;
	for (long i = 0; i < n; i++) {
		long r;
		zmq_send(ask, &i, sizeof i, 0);
		zmq_recv(ask, &r, sizeof r, 0);
		sum += r;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	pthread_join(server, NULL);
	zmq_close(ask);
	zmq_ctx_term(context);
	printf("%ld %lld %ld\n", n, (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec, sum);
}
