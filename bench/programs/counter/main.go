package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type request struct {
	add   int
	reply chan<- int
}

func counter(requests <-chan request) {
	value := 0
	for r := range requests {
		value += r.add
		r.reply <- value
	}
}

func ask(n int, requests chan<- request, totals chan<- int) {
	reply := make(chan int)
	sum := 0
	for range n {
		requests <- request{1, reply}
		sum += <-reply
	}
	totals <- sum
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	requests, totals := make(chan request), make(chan int)
	go counter(requests)
	for range 8 {
		go ask(n/8, requests, totals)
	}
	sum := 0
	for range 8 {
		sum += <-totals
	}
	fmt.Println(n/8*8, time.Since(start).Nanoseconds(), sum)
}
