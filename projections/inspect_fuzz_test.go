package projections

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"
)

// FuzzInspect: whatever the bytes, the inspection gives damage or a state.
func FuzzInspect(f *testing.F) {
	h := someHistory(f, 12)
	file := storedFile(f, h.log)
	f.Add(uint32(0), []byte{}, uint32(len(file)))
	f.Add(uint32(8192), []byte{1, 2, 3, 4}, uint32(len(file)))
	f.Add(uint32(3*4096), bytes.Repeat([]byte{0xff}, 64), uint32(5*4096))
	f.Fuzz(func(t *testing.T, at uint32, patch []byte, size uint32) {
		b := bytes.Clone(file[:min(int(size), len(file))])
		if int(at) < len(b) {
			copy(b[at:], patch)
		}
		in := &inspection{file: bytes.NewReader(b)}
		err := in.open(int64(len(b)))
		if err == nil {
			err = in.run()
		}
		if err != nil && !errors.Is(err, errDamaged) && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if err == nil && len(in.state.Views) == 0 {
			t.Fatal("sound, but it holds no views")
		}
	})
}
