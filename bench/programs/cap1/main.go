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

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	ch := make(chan int, 1)
	go produce(n, ch)
	sum := 0
	for v := range ch {
		sum += v
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
