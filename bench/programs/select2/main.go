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
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	a, b := make(chan int, 128), make(chan int, 128)
	go produce(n/2, a)
	go produce(n/2, b)
	sum := 0
	for range n / 2 * 2 {
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += 2 * v
		}
	}
	fmt.Println(n/2*2, time.Since(start).Nanoseconds(), sum)
}
