package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

const rounds = 10

// Each worker says that it is there, and crashes with its first job.
func worker(up chan<- int, jobs <-chan int) {
	defer func() {
		if recover() != nil {
			go worker(up, jobs)
		}
	}()
	up <- 1
	for range jobs {
		panic("crash with each job")
	}
}

func receive(n int, ch <-chan int) int {
	sum := 0
	for range n {
		sum += <-ch
	}
	return sum
}

func give(n int, jobs chan<- int) {
	for i := range n {
		jobs <- i
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	up, jobs := make(chan int, 1024), make(chan int)
	for range n {
		go worker(up, jobs)
	}
	receive(n, up)
	start := time.Now()
	go give(rounds*n, jobs)
	sum := receive(rounds*n, up)
	fmt.Println(rounds*n, time.Since(start).Nanoseconds(), sum)
}
