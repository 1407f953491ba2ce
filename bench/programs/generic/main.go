package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type shape interface {
	area() int
	scaled(by int) shape
}

type square struct{ side int }
type rect struct{ w, h int }
type triangle struct{ base, height int }

func (s square) area() int   { return s.side * s.side }
func (r rect) area() int     { return r.w * r.h }
func (t triangle) area() int { return t.base * t.height / 2 }

func (s square) scaled(by int) shape   { return square{s.side * by} }
func (r rect) scaled(by int) shape     { return rect{r.w * by, r.h * by} }
func (t triangle) scaled(by int) shape { return triangle{t.base * by, t.height * by} }

func mapped[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func filtered[T any](xs []T, keep func(T) bool) []T {
	out := []T{}
	for _, x := range xs {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}

func folded[T, A any](xs []T, a A, f func(A, T) A) A {
	for _, x := range xs {
		a = f(a, x)
	}
	return a
}

func shapes(n int) []shape {
	all := []shape{}
	for i := range n {
		switch i % 3 {
		case 0:
			all = append(all, square{i % 10})
		case 1:
			all = append(all, rect{i % 10, i % 7})
		default:
			all = append(all, triangle{i % 10, i % 5})
		}
	}
	return all
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	all := shapes(1000)
	start := time.Now()
	sum := 0
	for turn := range n / 1000 {
		by := turn%3 + 1
		larger := mapped(all, func(s shape) shape { return s.scaled(by) })
		some := filtered(larger, func(s shape) bool { return s.area() > 20 })
		areas := mapped(some, func(s shape) int { return s.area() })
		sum += folded(areas, 0, func(a, x int) int { return a + x })
	}
	fmt.Println(n/1000*1000, time.Since(start).Nanoseconds(), sum)
}
