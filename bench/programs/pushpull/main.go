package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type Job struct{ ID, Size int }

func produce(n int, jobs chan<- Job) {
	for i := range n {
		jobs <- Job{i, 1}
	}
	close(jobs)
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	jobs := make(chan Job, 1000)
	go produce(n, jobs)
	sum := 0
	for job := range jobs {
		sum += job.ID * job.Size
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
