package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func produce(n int, out chan<- int) {
	for i := range n {
		out <- i
	}
	close(out)
}

func consume(in <-chan int, totals chan<- int) {
	sum := 0
	for v := range in {
		sum += v
	}
	totals <- sum
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	ch, totals := make(chan int, 1024), make(chan int)
	for range 8 {
		go consume(ch, totals)
	}
	go produce(n, ch)
	sum := 0
	for range 8 {
		sum += <-totals
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
