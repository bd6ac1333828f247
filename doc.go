// Package ranvier is the root of the module and holds no code. The program is
// cmd/ranvier; CONTRIBUTING.md says where everything else is. Its one test
// keeps the arrows between the packages.
package ranvier
