"""Who may include whom: a folder its own and lower floors, programs the public contract alone."""

FLOOR = {"base": 0, "model": 1, "pool": 2, "queue": 2, "planner": 2.5, "engine": 3,
         "json": 4, "runtime": 4, "http": 4, "topology": 4, "launch": 4, "workload": 4,
         "simulator": 4, "experiment": 5,
         "report": 5, "store": 5, "exec": 5, "local": 5, "mesos": 5, "server": 6, "cli": 6}
ENGINE_FLOORS = tuple(folder for folder, floor in FLOOR.items() if floor <= 3)
# Folders of one floor do not know each other, but for these.
NEIGHBOURS = {("cli", "server")}
# Public headers that speak of files, sockets or threads: not for the engine.
DRIVER_HEADERS = {"cluster", "experiment", "http", "json", "local", "mesos", "report", "retz",
                  "runtime", "signature", "simulator", "store", "workload"}
# The simulator and the live server are two drivers of one engine that do not know each other.
SIMULATION = {"workload", "simulator", "experiment", "report"}
LIVE = {"runtime", "http", "topology", "launch", "store", "exec", "local", "mesos", "server"}
LIVE_HEADERS = {"cluster", "http", "local", "mesos", "runtime", "signature", "store"}
ENGINE_LIBRARIES = ("tl/expected.hpp", "boost/graph/", "boost/property_map/", "boost/pending/")
# Of the standard library: what reads a clock, the world or a locale, or brings threads.
ENGINE_BANNED = {"condition_variable", "ctime", "filesystem", "fstream", "future", "iomanip",
                 "ios", "iostream", "istream", "locale", "mutex", "ostream", "random",
                 "semaphore", "shared_mutex", "sstream", "stop_token", "syncstream", "thread",
                 "time.h", "pthread.h", "unistd.h"}
SQLITE_ONLY_IN, HWLOC_ONLY_IN, ASIO_ONLY_IN = "src/store/", "src/topology/", "src/http/"


def _folder(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def _allowed(own, other):
    if own == other or (own, other) in NEIGHBOURS:
        return True
    if FLOOR[own] == 6:
        return False
    return FLOOR[other] < FLOOR[own]


def _is_standard(include):
    return "/" not in include and "." not in include


def _complaint_in_source(folder, name, include, target):
    if target is None:
        return _complaint_on_library(folder, name, include)
    other = _folder(target)
    if other is not None:
        if other not in FLOOR:
            return f"src/{other} has no floor"
        if not _allowed(folder, other):
            return f"src/{folder} must not know src/{other}"
        return None
    if target.startswith("include/retz/"):
        header = target[len("include/retz/"):-4]
        if folder in ENGINE_FLOORS and header in DRIVER_HEADERS:
            return "a header of the drivers, not of the engine"
        if folder in SIMULATION and header in LIVE_HEADERS | {"retz"}:
            return "the simulator does not know the live server"
        if folder in LIVE and header in SIMULATION:
            return "the live server does not know the simulator"
        return None
    return "a source includes only src/ and include/retz/"


def _complaint_on_library(folder, name, include):
    if folder in ENGINE_FLOORS:
        if include in ENGINE_BANNED:
            return "no clock, file, thread or locale in the engine's floors"
        if not _is_standard(include) and not include.startswith(ENGINE_LIBRARIES):
            return "the engine's floors use only the standard library, tl::expected, Boost.Graph"
    if include.startswith("hwloc") and not name.startswith(HWLOC_ONLY_IN):
        return f"hwloc belongs to {HWLOC_ONLY_IN}"
    if include.startswith(("SQLiteCpp/", "sqlite3")) and not name.startswith(SQLITE_ONLY_IN):
        return f"SQLite belongs to {SQLITE_ONLY_IN}"
    return None


def _complaint_in_header(name, include, target):
    if target is None:
        if not _is_standard(include) and include != "tl/expected.hpp":
            return "public headers include only the standard library and tl::expected"
        return None
    if not target.startswith("include/retz/"):
        return "public headers include only public headers"
    own, other = (path[len("include/retz/"):-4] for path in (name, target))
    if own not in DRIVER_HEADERS and other in DRIVER_HEADERS:
        return "a header of the engine includes one of the drivers"
    return None


def check_floors(tree):
    """Each include line of src/ and include/retz/ against the table above."""
    for name in tree.named(".hpp", ".cpp", ".h"):
        folder = _folder(name)
        if folder is not None and folder not in FLOOR:
            yield f"{name}: src/{folder} is no floor of the house"
            continue
        for include in tree.includes(name):
            target = tree.resolve(name, include)
            complaint = None
            if folder is not None:
                complaint = _complaint_in_source(folder, name, include, target)
            elif name.startswith("include/retz/"):
                complaint = _complaint_in_header(name, include, target)
            elif name.startswith("bindings/") and target and target.startswith("src/"):
                complaint = "bindings know only include/retz/"
            if complaint:
                yield f"{name}: includes {include}: {complaint}"


def check_heavy_headers(tree):
    """Asio, Beast, nlohmann and SQLiteCpp cost seconds a translation unit: never in a header.

    Asio has one header of its own in src/http, which only sources of that folder include.
    """
    heavy = ("boost/asio", "boost/beast", "nlohmann/", "SQLiteCpp/")
    for name in tree.named(".hpp"):
        if not name.startswith(("src/", "include/")) or name.startswith(ASIO_ONLY_IN):
            continue
        for include in tree.includes(name):
            if include.startswith(heavy) and not include.endswith("fwd.hpp"):
                yield f"{name}: {include} belongs into a .cpp file"


def _components(graph):
    """Strongly connected components with more than one node or a loop (Tarjan 1972)."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on_stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = []
            while not component or component[-1] != node:
                component.append(stack.pop())
                on_stack.discard(component[-1])
            if len(component) > 1 or node in graph.get(node, ()):
                found.append(sorted(component))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def check_cycles(tree):
    """No include cycle between files, none between the folders of src."""
    files, folders = {}, {}
    for name in tree.named(".hpp", ".cpp", ".h", ".c"):
        targets = {tree.resolve(name, include) for include in tree.includes(name)} - {None}
        files[name] = targets
        own = _folder(name)
        others = {_folder(target) for target in targets} - {None, own}
        if own:
            folders.setdefault(own, set()).update(others)
    for component in _components(files):
        yield "include cycle: " + " <-> ".join(component)
    for component in _components(folders):
        yield "folders that know each other: " + ", ".join(component)
