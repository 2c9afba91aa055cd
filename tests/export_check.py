"""Looks at exported files with Python's own readers. Prints what is wrong, nothing if all is well."""
import csv, re, sys, zipfile
import xml.etree.ElementTree as xml
from decimal import Decimal

csv.field_size_limit(1 << 24)
DIGITS = {'KZT': 2, 'USD': 2, 'JPY': 0, 'KWD': 3}
MAIN = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'


def read(path):
    with open(path, encoding='utf-8', newline='') as f:
        return list(csv.reader(f))


def unguarded(text):
    """What an import makes of a guarded text."""
    return text[1:] if re.match(r"'[\s']*[=+\-@＝＋－＠]", text) else text


def workbook(path):
    z = zipfile.ZipFile(path)
    if z.testzip():
        print(path, 'damaged')
    for name in z.namelist():
        if 'externalLink' in name or 'vba' in name.lower() or 'connections' in name:
            print(path, name)
        if name.endswith('.rels'):
            for r in xml.fromstring(z.read(name)):
                if r.get('TargetMode') == 'External':
                    print(path, name, 'links outside')
        if not re.fullmatch(r'xl/worksheets/sheet\d+\.xml', name):
            continue
        root = xml.fromstring(z.read(name))
        for tag in 'f', 'hyperlink', 'dataValidation', 'oleObject':
            if root.find('.//' + MAIN + tag) is not None:
                print(path, name, 'has <%s>' % tag)
        types = {c.get('t', 'n') for c in root.iter(MAIN + 'c')}
        if types - {'n', 's', 'inlineStr', 'b'}:
            print(path, name, 'cells of type', types)
        if root.find('.//' + MAIN + 'pane') is None or root.find(MAIN + 'autoFilter') is None:
            print(path, name, 'not frozen or without a filter')
        if next(root.iter(MAIN + 'c')).get('s', '0') == '0':
            print(path, name, 'the heading is as the rest')
    if any(len(s.get('name')) > 31 for s in xml.fromstring(z.read('xl/workbook.xml')).iter(MAIN + 'sheet')):
        print(path, 'a long name of a sheet')


def wanted(row, heads):
    """Our CSV's cells as a spreadsheet has them in the workbook."""
    out = []
    for head, cell in zip(heads, row):
        kind = re.sub(r'_\d+$', '', head)
        plain = re.fullmatch(r'-?\d{1,15}', cell)
        if kind == 'sum_minor' and plain:
            cell = Decimal(cell).scaleb(-DIGITS[row[heads.index('currency')]])
        elif kind == 'sum_minor' and cell:
            cell = None  # text with groups: looked at by its digits
        elif kind == 'number' and plain:
            cell = Decimal(cell)
        elif kind == 'rate_bp' and cell:
            cell = Decimal(cell).scaleb(-2)
        elif kind == 'yes':
            cell = {'t': 'TRUE', 'f': 'FALSE', '': ''}[cell]
        elif kind == 'at' and cell >= '1900':
            cell = cell[:10] + ' ' + cell[11:19]
        elif kind in ('text', 'state', 'currency'):
            cell = unguarded(cell)
        out.append(cell)
    return out


def number(cell):
    try:
        return Decimal(cell.rstrip('%'))
    except ArithmeticError:
        return None


def close(want, got):
    if want is None:
        return True
    if isinstance(want, Decimal):
        return number(got) == want
    if re.match(r'\d{4}-\d\d-\d\d ', want):  # an instant: LibreOffice shows it to the minute
        return got[:16] == want[:16] or got[:10] == want[:10]
    if re.match(r'\d{4}-\d\d-\d\dT', want):
        return got[:10] == want[:10]
    return got == want


def same(ours, theirs):
    a, b = read(ours), read(theirs)
    if len(a) != len(b):
        print(len(a), 'rows', len(b))
    heads = a[0]
    for n, (x, y) in enumerate(zip(a, b)):
        for head, want, got in zip(heads, wanted(x, heads) if n else x, y):
            if not close(want, got):
                print(n, head, repr(want), repr(got))


def texts(ours, theirs):
    """A CSV through a spreadsheet: texts with their apostrophe and all, none of them computed."""
    a, b = read(ours), read(theirs)
    if len(a) != len(b):
        print(len(a), 'rows', len(b))
    for n, (x, y) in enumerate(zip(a, b)):
        looks = re.fullmatch(r'[\d.,e+-]+|TRUE|FALSE|\d{4}-\d\d-\d\d', x[0])  # a spreadsheet makes a number of it
        if x[0] != y[0] and not looks:
            print(n, repr(x[0]), repr(y[0]))
        if y[0].startswith(('Err:', '#')) and not x[0].startswith('#'):
            print(n, 'computed', y[0])


def long(path):
    print(*[str(len(r[0])) + ('…' if r[0].endswith('…') else '')
            for r in read(path)[1:]])


def markdown(path):
    lines = open(path, encoding='utf-8').read().split('\n')[:-1]
    cells = {len(re.findall(r'(?<!\\)(?:\\\\)*\|', line)) for line in lines}
    if len(cells) != 1:
        print('lines of', cells, 'cells')
    for line in lines:
        if re.match(r"\| +[=+@]", line):
            print(line)


for arg in sys.argv[2:] if sys.argv[1] in ('workbook', 'markdown', 'long') else [sys.argv[2:]]:
    globals()[sys.argv[1]](*([arg] if isinstance(arg, str) else arg))
