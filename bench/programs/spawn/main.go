package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func work(i int, done chan<- int) {
	if i%1000 == 0 {
		done <- i
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	done := make(chan int, n/1000+1)
	for i := range n {
		go work(i, done)
	}
	sum := 0
	for range (n + 999) / 1000 {
		sum += <-done
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
