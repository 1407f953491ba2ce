package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

const members = 503

func node(in <-chan int, out chan<- int) {
	for hops := range in {
		out <- hops + 1
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	first := make(chan int)
	last := first
	for range members - 1 {
		next := make(chan int)
		go node(last, next)
		last = next
	}
	hops := 0
	for hops < n {
		first <- hops + 1
		hops = <-last
	}
	fmt.Println(hops, time.Since(start).Nanoseconds(), hops)
}
