package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func pong(a <-chan int, b chan<- int) {
	for v := range a {
		b <- v + 1
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	a, b := make(chan int), make(chan int)
	go pong(a, b)
	sum := 0
	for i := range n {
		a <- i
		sum += <-b
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
