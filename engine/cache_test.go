package engine

import "testing"

func TestCacheForgets(t *testing.T) {
	var c cache[int, string]
	if _, ok := c.get(1); ok {
		t.Fatal("an empty cache knows something")
	}
	c.put(1, "one", 10)
	for i := 2; i < 20; i++ {
		c.put(i, "other", cacheWeight/4)
		if v, ok := c.get(1); !ok || v != "one" {
			t.Fatalf("what is used was forgotten after %d others", i-1)
		}
	}
	if _, ok := c.get(2); ok {
		t.Fatal("what nobody uses was kept")
	}
	if held := len(c.young) + len(c.old); held > 9 {
		t.Fatalf("%d entries of a quarter of the weight are held", held)
	}
}
