"""Scaling curves as one picture: log-log panels, drawn as SVG without any library."""

import math
import re

COLOURS = ['#1b6ca8', '#d1495b', '#2e933c', '#edae49', '#6a4c93', '#00798c', '#8d6a9f', '#b56576',
           '#355070', '#6b9080', '#bc6c25', '#588157', '#9d0208', '#457b9d']
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, KEY = 420, 280, 64, 44, 34, 130

# Title, which benchmarks, the series' name, what is on x, which figure is on y, its factor, and the
# floor or target that is drawn as a line.
PANELS = [
    ('placements a second, by nodes', r'place/', 'label', 'nodes', 'items_per_second', 1, 1e6),
    ('a step that starts nothing, us, by classes', r'million_waiting/', 'label', 'classes',
     'idle_us', 1, 200),
    ('a step after an end, p99, us, by classes', r'million_waiting/', 'label', 'classes',
     'end_p99_us', 1, 1000),
    ('a change, ms, by waiting jobs', r'(easy|conservative)/', None, 'waiting', 'change_p50_ms', 1,
     None),
]


def points(entries, pattern, series, axis, figure, factor):
    lines = {}
    for name, entry in entries.items():
        where = re.search(axis + r':(\d+)', name)
        if not re.match(pattern, name) or not where or figure not in entry:
            continue
        key = entry.get('label', '') if series else name.split('/')[0]
        value = max(entry[figure] * factor, 1e-3)
        lines.setdefault(key, []).append((int(where.group(1)), value))
    return {key: sorted(line) for key, line in lines.items()}


def decades(values):
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def text(x, y, what, anchor='middle', size=11):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
            f'{what}</text>')


def panel(entries, description, left, top):
    title, pattern, series, axis, figure, factor, target = description
    lines = points(entries, pattern, series, axis, figure, factor)
    if not lines:
        return ''
    xs = [x for line in lines.values() for x, _ in line]
    ys = [y for line in lines.values() for _, y in line] + ([target] if target else [])
    x_low, x_high = decades(xs)
    y_low, y_high = decades(ys)
    wide, high = WIDTH - LEFT - KEY, HEIGHT - TOP - BOTTOM

    def at_x(x):
        return left + LEFT + (math.log10(x) - x_low) / (x_high - x_low) * wide

    def at_y(y):
        return top + TOP + high - (math.log10(y) - y_low) / (y_high - y_low) * high

    out = [text(left + LEFT + wide / 2, top + 18, title, size=13)]
    for power in range(x_low, x_high + 1):
        x = at_x(10 ** power)
        out.append(f'<path d="M{x:.1f} {top + TOP} v{high}" stroke="#e4e4e4"/>')
        out.append(text(x, top + TOP + high + 16, f'{10 ** power:,}'))
    for power in range(y_low, y_high + 1):
        y = at_y(10 ** power)
        out.append(f'<path d="M{left + LEFT} {y:.1f} h{wide}" stroke="#e4e4e4"/>')
        out.append(text(left + LEFT - 6, y + 4, f'{10 ** power:,g}', 'end'))
    out.append(text(left + LEFT + wide / 2, top + HEIGHT - 10, axis))
    if target:
        out.append(f'<path d="M{left + LEFT} {at_y(target):.1f} h{wide}" stroke="#888" '
                   'stroke-dasharray="5 4"/>')
        out.append(text(left + LEFT + wide, at_y(target) - 4, 'target', 'end', 10))
    for number, (key, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = ' '.join(f'{"M" if i == 0 else "L"}{at_x(x):.1f} {at_y(y):.1f}'
                        for i, (x, y) in enumerate(line))
        out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3" fill="{colour}"/>'
                for x, y in line]
        y = top + TOP + 10 + number * 15
        out.append(f'<path d="M{left + WIDTH - KEY + 8} {y - 4} h14" stroke="{colour}" '
                   'stroke-width="3"/>')
        out.append(text(left + WIDTH - KEY + 26, y, key, 'start'))
    return '\n'.join(out)


def draw(entries):
    """All panels that have figures, two in a row, as an SVG document."""
    drawn = []
    for description in PANELS:
        place = len(drawn)
        made = panel(entries, description, place % 2 * WIDTH, place // 2 * HEIGHT)
        if made:
            drawn.append(made)
    rows = (len(drawn) + 1) // 2
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH}" '
            f'height="{max(rows, 1) * HEIGHT}" font-family="sans-serif">\n'
            '<rect width="100%" height="100%" fill="white"/>\n' + '\n'.join(drawn) + '\n</svg>\n')
