# shellcheck shell=bash
# The checks of ./dev lint, each a function that prints what is wrong and fails then. Sourced by ./dev.

lint_luacheck() { luacheck --no-color -q .; }

lint_tidy() {
    find csrc -name '*.c' -print0 | xargs -0 -P "$(nproc)" -n 1 clang-tidy --quiet -p build/lua5.4 2>/dev/null
}

lint_format() {
    find csrc spec/c fuzz examples bench -name '*.[ch]' -exec clang-format --dry-run -Werror --ferror-limit=1 {} + ||
        { echo "clang-format -i FILE puts it right"; false; }
}

lint_headers() { # each one compiles alone
    local header status=0 flags
    flags=$(pkg-config --cflags lua5.4 libxml-2.0 libcurl libmicrohttpd sqlite3 libcrypto)
    while read -r header; do
        # shellcheck disable=SC2086
        cc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -fsyntax-only -Icsrc $flags \
            -include "$header" -x c /dev/null || status=1
    done < <(find csrc -name '*.h')
    return $status
}

# Programs that embed the module may have a decimal comma: what prints or reads a float is in one file. What Lua itself
# prints is for people.
lint_floats() {
    local conversion='%[-+#0]*[0-9*]*(\.[0-9*]+)?[lL]?[aAeEfFgG]' reading='\<(strto(d|f|ld)|atof|v?f?s?scanf)\('
    ! grep -rnE "\"[^\"]*$conversion|$reading" --include='*.[ch]' csrc |
        grep -vE '^csrc/value/scalar\.c:|:[0-9]+: *(/?\*|//)' |
        grep -vE '^csrc/lua/.*(luaL_error|ldnp_raise|lua_pushfstring|REJECT)\('
}

# They may have a locale in which "I" is not the capital of "i", too.
lint_case() {
    ! grep -rnE '\<(strn?casecmp|tolower|toupper|isalpha|isalnum|isupper|islower|isspace|isdigit|iscntrl|isprint)\(' \
        --include='*.[ch]' csrc &&
        ! grep -rnE ':(lower|upper)\(|\<string\.(lower|upper)\>' lua --include='*.lua' --exclude-dir=cli |
            grep -vE ':[0-9]+: *--'
}

# Clang's warnings of the tests, which clang-tidy does not see, and of everything for 32 bits. The headers of another
# architecture will do where nothing is linked.
lint_warnings() {
    local flags libraries machine
    read -ra flags < <(sed -n 's/^add_compile_options(\(-Wall.*\))$/\1/p' CMakeLists.txt)
    [[ ${flags[*]} == *-Wconversion* ]] || { echo "the warnings in CMakeLists.txt are not found"; return 1; }
    read -ra libraries < <(pkg-config --cflags lua5.4 libxml-2.0 libcurl libmicrohttpd sqlite3 libcrypto cmocka)
    flags+=(-Werror -std=c11 -fsyntax-only -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE '-DDNP_VERSION="lint"' -Icsrc
        -Ispec/c/support -Ibuild/lua5.4 "${libraries[@]/#-I/-isystem}")
    find spec/c fuzz -name '*.c' -print0 | xargs -0 -P "$(nproc)" -n 1 clang "${flags[@]}" || return 1
    machine=(-m32 -idirafter "/usr/include/$(cc -print-multiarch)")
    if ! echo '#include <stdio.h>' | clang "${machine[@]}" -fsyntax-only -x c - 2>/dev/null; then
        echo "not for 32 bits: there are no headers (libc6-dev-i386)"
        return 0
    fi
    find csrc spec/c -name '*.c' -print0 | xargs -0 -P "$(nproc)" -n 1 clang "${machine[@]}" "${flags[@]}"
}

# Includes point down only, and each foreign library has its folder. What is not named here is not allowed.
lint_layers() {
    local -A below=(
        [base]='' [contract]='' [lookup]='contract/' [crypto]='' [transport]='' [xml]=''
        [value]='' [soap]='xml/ value/ lookup/ contract/' [auth]='soap/ crypto/ xml/'
        [client]='auth/ soap/ transport/failure.h transport/transport.h xml/ value/ lookup/ contract/'
        [sandbox/store]='sandbox/sandbox.h value/ lookup/ contract/'
        [sandbox/http]='sandbox/store/ sandbox/sandbox.h auth/ crypto/ soap/ xml/ value/ lookup/ contract/'
        [sandbox]='sandbox/ lookup/ contract/'
        [lua/common]='crypto/crypto.h' [lua/curl]='lua/common/ transport/' [lua/wse]='lua/common/ crypto/'
        [lua/sandbox]='lua/common/ sandbox/sandbox.h lookup/ contract/'
        [lua/core]='lua/common/ client/ auth/ soap/ transport/failure.h transport/transport.h xml/ value/ lookup/ contract/'
        [.]='[a-z]+/'
    )
    local -A foreign=(
        ["(lua|lauxlib|lualib)\\.h"]='lua/[a-z]+' ["libxml/"]=xml ["curl/"]=transport ["openssl/"]=crypto
        ["microhttpd"]=sandbox/http ["sqlite3"]=sandbox/store
    )
    local folder library status=0
    while read -r folder; do
        if [[ ! -v below[$folder] ]]; then
            echo "csrc/$folder: lint_layers does not know what it may include"
            status=1
            continue
        fi
        ! grep -nE '^#include "' "csrc/$folder"/*.[ch] |
            grep -vE "#include \"(base/|$folder/[^/]+\"${below[$folder]:+|${below[$folder]// /|}})" || status=1
        for library in "${!foreign[@]}"; do
            [[ $folder =~ ^(${foreign[$library]})$ ]] ||
                ! grep -nE "^#include <$library" "csrc/$folder"/*.[ch] || status=1
        done
    done < <(find csrc -name '*.[ch]' -printf '%P\n' | xargs -n 1 dirname | sort -u)
    return $status
}

# The same for what Lua files require; each file of the workflows lies in one of these folders.
lint_requires() {
    local -A below=(
        [model]="model" [retry]="retry|model" [read]="read|retry|model" [steps]="steps|read|retry|model"
        [diff]="diff|steps|read|retry|model" [apply]="apply|retry|model"
        [workflows]="workflows|apply|diff|steps|read|retry|model"
    )
    local all=lua/dnp/provisioning folder status=0
    for folder in "$all"/*; do
        [[ -n ${below[${folder##*/}]-} ]] || { echo "$folder is in no layer"; return 1; }
        ! grep -rnoE 'require *\(?"dnp\.provisioning[^"]*"' "$folder" |
            grep -vE "\"dnp\.provisioning\.(${below[${folder##*/}]})\." || status=1
    done
    # What all scripts load knows neither workflows nor command; workflows do not know the command.
    ! grep -rnE 'require *\(?"dnp\.(provisioning|cli)' lua/dnp/*.lua lua/dnp/engines |
        grep -vE '^lua/dnp/provisioning\.lua:[0-9]+:.*"dnp\.provisioning' || status=1
    ! grep -rnE 'require *\(?"dnp\.cli' "$all" || status=1
    # And nothing requires itself by way of others.
    grep -roE 'require *\(?"dnp[^"]*"' --include='*.lua' lua |
        sed -E 's|^lua/(.*)\.lua:.*"([^"]*)"$|\1 \2|; s|/init | |; s|/|.|g' | tsort >/dev/null || status=1
    return $status
}
