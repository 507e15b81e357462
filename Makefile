# The usual targets for those who type `make`. The build is described in CMakeLists.txt; ./dev puts commands together.
LUA = lua5.4
PREFIX = /usr/local
DESTDIR =
BUILD = build/make

all:
	cmake -S . -B $(BUILD) -DDNP_LUA=$(LUA) -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	cmake --build $(BUILD)

install: all
	DESTDIR=$(DESTDIR) cmake --install $(BUILD)

# Packages are for /usr, whatever else is installed elsewhere.
package: PREFIX = /usr
package: all
	cd $(BUILD) && cpack -G DEB

test check:
	./dev test

lint bench docs clean:
	./dev $@

.PHONY: all install package test check lint bench docs clean
