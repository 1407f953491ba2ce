package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func generate(out chan<- int) {
	for i := 2; ; i++ {
		out <- i
	}
}

func filter(in <-chan int, out chan<- int, prime int) {
	for v := range in {
		if v%prime != 0 {
			out <- v
		}
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	in := make(chan int)
	go generate(in)
	sum := 0
	for range n {
		prime := <-in
		sum += prime
		out := make(chan int)
		go filter(in, out, prime)
		in = out
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
