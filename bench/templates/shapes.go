type Shape@ interface {
	Area() int
	Name() string
}

type Square@ struct{ side int }
type Rect@ struct{ w, h int }

func (s Square@) Area() int    { return s.side * s.side }
func (s Square@) Name() string { return "square" }
func (r Rect@) Area() int      { return r.w * r.h }
func (r Rect@) Name() string   { return "rect" }

func largest@(shapes []Shape@) string {
	best, name := -1, ""
	for _, s := range shapes {
		if a := s.Area(); a > best {
			best, name = a, s.Name()
		}
	}
	return name
}

func useShapes@() int {
	shapes := []Shape@{Square@{%}, Rect@{2, %}}
	for i := range % {
		if i&1 == 0 {
			shapes = append(shapes, Square@{i})
		} else {
			shapes = append(shapes, Rect@{i, i + 1})
		}
	}
	return len(largest@(shapes))
}
