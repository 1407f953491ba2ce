package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func matrix(n int, seed float64) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		for j := range m[i] {
			m[i][j] = seed * float64(i-j) * float64(i+j) / float64(n)
		}
	}
	return m
}

func product(a, b [][]float64) [][]float64 {
	n := len(a)
	c := make([][]float64, n)
	for i := range a {
		row := make([]float64, n)
		for k, x := range a[i] {
			for j, y := range b[k] {
				row[j] += x * y
			}
		}
		c[i] = row
	}
	return c
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	a, b := matrix(n, 1), matrix(n, 0.5)
	start := time.Now()
	c := product(a, b)
	took := time.Since(start).Nanoseconds()
	fmt.Printf("%d %d %.6f\n", n*n*n, took, c[n/2][n/2]+c[n-1][0])
}
