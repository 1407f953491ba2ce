package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

const subscribers = 100

func subscribe(in <-chan int, totals chan<- int) {
	sum := 0
	for v := range in {
		sum += v
	}
	totals <- sum
}

func publish(n int, outs []chan int) {
	for i := range n {
		for _, out := range outs {
			out <- i
		}
	}
	for _, out := range outs {
		close(out)
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	totals := make(chan int)
	outs := []chan int{}
	for range subscribers {
		in := make(chan int, 64)
		go subscribe(in, totals)
		outs = append(outs, in)
	}
	go publish(n, outs)
	sum := 0
	for range subscribers {
		sum += <-totals
	}
	fmt.Println(n*subscribers, time.Since(start).Nanoseconds(), sum)
}
