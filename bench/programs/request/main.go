package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Go's idiom: the request brings a channel for its reply.
type request struct {
	msg   int
	reply chan int
}

func serve(in <-chan request) {
	for q := range in {
		q.reply <- q.msg + 1
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	ask := make(chan request)
	go serve(ask)
	start := time.Now()
	sum := 0
	for i := range n {
		q := request{i, make(chan int, 1)}
		ask <- q
		sum += <-q.reply
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
