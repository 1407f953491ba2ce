package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

func produce(n int, out chan<- int) {
	for i := range n {
		out <- i
	}
}

func producers(n int) <-chan int {
	out := make(chan int, 1024)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() { produce(n/8, out) })
	}
	go func() {
		running.Wait()
		close(out)
	}()
	return out
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	count, sum := 0, 0
	for v := range producers(n) {
		count++
		sum += v
	}
	fmt.Println(count, time.Since(start).Nanoseconds(), sum)
}
