# shellcheck shell=bash disable=SC2034 # the lists of packages are reached by name
# What the commands of ./dev need, and how it is installed: with apt on Debian and Ubuntu; elsewhere what is missing is
# named. Sourced by ./dev, which brings say, die and quietly.

# A package is "name|alternative"; one that begins with "~" is done without, and said so, where apt cannot install it.
build_packages='cmake ninja-build gcc libc6-dev pkg-config|pkgconf lua5.4 liblua5.4-dev
    luajit2|luajit libluajit2-5.1-dev|libluajit-5.1-dev libxml2-dev
    libcurl4-openssl-dev|libcurl4-gnutls-dev|libcurl4-nss-dev libmicrohttpd-dev libsqlite3-dev libssl-dev'
build_tools='cmake ninja cc pkg-config lua5.4 luajit'
build_libraries='lua5.4 luajit libxml-2.0 libcurl libmicrohttpd sqlite3 libcrypto'
command_packages='lua-argparse lua-cjson lua-filesystem ~lua-yaml ~lua-dbi-sqlite3'
command_tools=''
example_packages='libnginx-mod-http-lua lua-cjson'
example_tools='nginx'
test_packages='lua-busted lua-check lua-cjson lua-socket libcmocka-dev valgrind openssl ca-certificates
    lua-argparse lua-filesystem ~lua-yaml ~lua-dbi-sqlite3 ~lua-dbi-postgresql ~postgresql
    ~zsh ~fish ~locales ~php-cli ~php-soap ~php-xml ~libnusoap-php ~python3-zeep ~libnginx-mod-http-lua ~lua-luv'
test_tools='busted luacheck valgrind openssl'
test_libraries='cmocka'
install_packages='luarocks lua5.1 liblua5.1-0-dev|liblua5.1-dev lua5.3 liblua5.3-dev make dpkg-dev
    file'
install_tools='luarocks make'
lint_packages='clang clang-tidy clang-format ~libc6-dev-i386'
lint_tools='clang clang-tidy clang-format'
bench_packages='valgrind openssl lua-socket lua-cjson'
bench_tools='valgrind openssl'
peer_packages='~gsoap ~libgsoap-dev ~php-cli ~php-soap ~php-xml ~python3-zeep ~lua-soap ~lua-expat ~lua-socket ~lua-sec
    ~zlib1g-dev'
peer_tools=''
npm_packages='~npm|nodejs'
npm_tools=''
docs_packages='mkdocs mkdocs-material'
docs_tools='mkdocs'
browser_packages='chromium python3'
browser_tools='chromium python3'
fuzz_packages='clang libclang-rt-dev|libclang-rt-14-dev'
fuzz_tools='clang'
fresh_packages='debootstrap'
fresh_tools='debootstrap unshare flock'

need() { # LIST…: build, test, lint, install, bench, docs, browser, fuzz, fresh
    local list name packages='' tools='' libraries=''
    for list in "$@"; do
        name=${list}_packages packages+=" ${!name}"
        name=${list}_tools tools+=" ${!name}"
        name=${list}_libraries libraries+=" ${!name-}"
    done
    if [[ -x /usr/bin/apt-get ]]; then
        # shellcheck disable=SC2086
        need_packages $packages
    else
        need_tools "$packages" "$tools" "$libraries"
    fi
}

need_packages() { # PACKAGE…
    local installed package missing=()
    installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | tr '\n' ' ')"
    for package in "$@"; do
        any_of "$installed" "$package" >/dev/null || missing+=("$package")
    done
    ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# Prints the first alternative of a package that is among the names.
any_of() { # " NAME NAME " PACKAGE
    local alternatives name
    IFS='|' read -ra alternatives <<<"${2#\~}"
    for name in "${alternatives[@]}"; do
        [[ $1 != *" $name "* ]] || { printf '%s\n' "$name"; return; }
    done
    return 1
}

install_packages() { # PACKAGE…
    local as_root=() chosen refused unknown
    # With SYSTEMD_OFFLINE, a package that is a service (nginx) is not started.
    apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }
    install() { apt install -y --no-install-recommends --no-remove "${chosen[@]}"; }
    update() { say "apt-get update"; quietly apt apt update; }

    choose_packages "$@"
    if ((EUID != 0)) && [[ -n ${chosen[*]}$unknown ]]; then
        command -v sudo >/dev/null || die 2 "run this as root, then try again: apt-get install ${chosen[*]}$unknown"
        as_root=(sudo)
    fi
    [[ -z $unknown ]] || { update; choose_packages "$@"; }
    [[ -z $unknown ]] || die 2 "apt cannot offer these (no network?):$unknown"
    [[ -z $refused ]] || say "apt cannot install$refused: what needs it is left out"
    ((${#chosen[@]})) || return 0
    say "apt-get install ${chosen[*]}"
    install >/dev/null 2>&1 || { update; quietly apt install; }
}

# Of each package the first alternative that apt offers goes to `chosen`; to `unknown` when there is none. One that can
# be done without goes to `refused` then, and also when another package that is installed would have to go for it.
choose_packages() { # PACKAGE…
    local package name offered
    offered=" $(tr -d '~' <<<"$*" | tr ' |' '\n' | xargs apt-cache policy 2>/dev/null |
        awk '/^[^ ].*:$/ { sub(":", ""); name = $1 } /Candidate:/ && $2 != "(none)" { print name }' | tr '\n' ' ')"
    chosen=() unknown='' refused=''
    for package in "$@"; do
        if name=$(any_of "$offered" "$package") && { [[ $package != \~* ]] || can_install "$name"; }; then
            chosen+=("$name")
        elif [[ $package == \~* ]]; then
            refused+=" ${package#\~}"
        else
            unknown+=" $package"
        fi
    done
}

can_install() { apt-get -qq --simulate --no-remove install "$1" >/dev/null 2>&1; } # PACKAGE

need_tools() { # PACKAGES TOOLS LIBRARIES
    local lacking='' name
    for name in $2; do
        command -v "$name" >/dev/null || lacking+=" $name"
    done
    for name in $3; do
        pkg-config --exists "$name" 2>/dev/null || lacking+=" $name"
    done
    [[ -n $lacking ]] || return 0
    die 2 "missing:$lacking
Install what your system calls these packages of Debian, then try again:
$(tr -d '~\n' <<<"$1" | sed -E 's/\|[^ ]+//g' | tr -s ' ')"
}
