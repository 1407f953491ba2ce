package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func skynet(out chan<- int, num, size int) {
	if size == 1 {
		out <- num
		return
	}
	in := make(chan int)
	for i := range 10 {
		go skynet(in, num+i*(size/10), size/10)
	}
	sum := 0
	for range 10 {
		sum += <-in
	}
	out <- sum
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	size := 1
	for size*10 <= n {
		size *= 10
	}
	out := make(chan int)
	go skynet(out, 0, size)
	sum := <-out
	fmt.Println(size, time.Since(start).Nanoseconds(), sum)
}
