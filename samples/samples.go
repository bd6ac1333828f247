// Package samples has pathways to try and to begin with; README.md says how to
// run each by hand. The dev command installs one of them, and tests run all.
package samples

import "embed"

//go:embed *.json review
var files embed.FS

// Read gives a file of this folder by its path, like "saga.json". It panics
// when there is none: the files are part of the program.
func Read(path string) []byte {
	b, err := files.ReadFile(path)
	if err != nil {
		panic("samples: " + err.Error())
	}
	return b
}
