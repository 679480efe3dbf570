"""The archives of floors 0 to 3 name no clock, file, socket, thread, locale or stream."""
import re
import subprocess

# Undefined symbols as `nm -C` prints them.
IMPURE = re.compile(r"""
    .*::now\(\)$
  | (clock_gettime|gettimeofday|time|clock|localtime(_r)?|gmtime(_r)?|nanosleep|usleep|sleep)$
  | (f?open(at)?(64)?|fdopen|freopen|fread|fwrite|fscanf|read|write|pread|pwrite|close|unlink
     |rename|mkdir|stat|fstat|fsync|fdatasync|mmap|opendir|readdir)$
  | (socket|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?|poll|select|epoll_\w+)$
  | (fork|vfork|exec\w+|posix_spawn\w*|system|popen|kill|waitpid|getpid|syscall)$
  | (pthread_create|pthread_mutex_\w+|pthread_cond_\w+|sem_\w+)$
  | (getenv|secure_getenv|setlocale|newlocale|uselocale|rand|srand|random|getrandom)$
  | (puts|putchar|printf|vprintf|strtod|strtof|atof)$
  | std::(thread|mutex|condition_variable|locale|ios_base|basic_ios|random_device|filesystem)\b.*
  | std::(basic_)?(i|o|io)?(f|string)?(stream|streambuf|buf)\b.*
  | std::(__cxx11::)?basic_(i|o|io)?(f|string)?(stream|buf|streambuf|filebuf)\b.*
  | std::(cout|cerr|clog|cin|this_thread|chrono::_V2)\b.*
""", re.X)
# The default assertion handler says what broke before it aborts; nothing else may print.
MAY_PRINT = "assert.cpp.o"
PRINTS = re.compile(r"(fprintf|vfprintf|fputs|stderr|stdout)$")


def impure_symbols(listing):
    """(object file, symbol) pairs of an `nm -uC` listing that do not belong into the engine."""
    member = ""
    for line in listing.splitlines():
        if line.endswith(":"):
            member = line[:-1]
        match = re.match(r"\s+[Uw] (.*)", line)
        if not match:
            continue
        symbol = re.sub(r"@.*$", "", match.group(1)).strip()
        prints = PRINTS.match(symbol) and not member.endswith(MAY_PRINT)
        if IMPURE.match(symbol) or prints:
            yield member, symbol


def check_purity(archives):
    """Over the built archives, not the sources: nothing hides behind a macro or a template."""
    if not archives:
        yield "no archive was given"
    for archive in archives:
        listing = subprocess.run(["nm", "-uC", str(archive)], check=False, capture_output=True,
                                 text=True)
        if listing.returncode != 0:
            yield f"{archive}: {listing.stderr.strip()}"
        for member, symbol in impure_symbols(listing.stdout):
            yield f"{member.rpartition('/')[2]}: {symbol}"
