"""Compares the program's products with NumPy's: python3 against_numpy.py GEMM FOLDER

Makes a virtual environment in FOLDER, unless one is there, installs NumPy into it, and goes on in it. What is missing is
told, and is a failure.
"""

import os
import subprocess
import sys
import tempfile

SECONDS = 600


def in_environment(folder):
    """Goes on with the environment's own Python, which has NumPy."""
    environment = os.path.join(folder, "numpy-environment")
    python = os.path.join(environment, "bin", "python3")
    if subprocess.run([python, "-c", "import numpy"], capture_output=True).returncode if os.path.exists(python) else True:
        try:
            import ensurepip  # noqa: F401
            import venv
        except ImportError:
            sys.exit("this Python makes no virtual environments: install its package, as python3-venv of Debian")
        venv.create(environment, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "numpy"]
        if subprocess.run(pip, timeout=SECONDS).returncode:
            sys.exit("NumPy was not installed; pip has said why: without the package index, put a wheel of it there")
    os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:], "inside"])


def run(gemm, *arguments, nodes=1, carrier="shm"):
    environment = dict(os.environ, DRUST_CARRIER=carrier)
    command = [gemm, "--nodes", str(nodes), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment)


def multiply(gemm, folder, a, b, **how):
    """The product of two arrays, by files."""
    import numpy

    names = [os.path.join(folder, name) for name in ("a.npy", "b.npy", "c.npy")]
    numpy.save(names[0], a)
    numpy.save(names[1], b)
    done = run(gemm, "multiply", names[0], names[1], "-o", names[2], "--tile", how.pop("tile", 64), **how)
    if done.returncode:
        sys.exit(f"{a.shape} @ {b.shape} of {a.dtype}: {done.stderr}")
    return numpy.load(names[2], allow_pickle=False)


def compare(gemm, folder, a, b, **how):
    import numpy

    with numpy.errstate(invalid="ignore"):
        product, wanted = multiply(gemm, folder, a, b, **how), a @ b
    what = f"{a.shape} @ {b.shape} of {a.dtype} ({how})"
    native = wanted.dtype.newbyteorder("=")
    assert product.shape == wanted.shape and product.dtype == native, f"{what}: {product.shape}, {product.dtype}"
    if native.kind == "i":
        assert numpy.array_equal(product, wanted), f"{what}: other integers"
        return
    finite = numpy.isfinite(a).all() and numpy.isfinite(b).all()
    allowed = 2 * (a.shape[1] + 8) * numpy.finfo(native).eps * (abs(a) @ abs(b)) if finite else 0
    with numpy.errstate(invalid="ignore"):
        close = (abs(product - wanted) <= allowed) | (product == wanted)
    same = close | (numpy.isnan(product) & numpy.isnan(wanted))
    assert same.all(), f"{what}: {(~same).sum()} other numbers"


def arrays(numpy, dtype, shape, random):
    if dtype == "int32":
        return random.integers(-(2**31), 2**31, shape, dtype="int32")
    return (random.random(shape) * 2 - 1).astype(dtype)


def check_all(gemm, folder):
    import numpy

    numpy.seterr(over="ignore")
    random = numpy.random.default_rng(1)
    count = 0
    shapes = [(1, 1, 1), (1, 500, 1), (300, 1, 200), (1, 90, 70), (70, 90, 1), (150, 130, 170), (64, 128, 64)]
    empty = [(0, 0, 0), (0, 5, 3), (3, 0, 5), (3, 5, 0)]
    for dtype in ("float32", "float64", "int32"):
        for rows, inner, cols in shapes + empty:
            a, b = arrays(numpy, dtype, (rows, inner), random), arrays(numpy, dtype, (inner, cols), random)
            for how in ({}, {"nodes": 2}, {"nodes": 4, "carrier": "tcp", "tile": 32}):
                compare(gemm, folder, a, b, **how)
                count += 1
            compare(gemm, folder, numpy.asfortranarray(a), b)
            compare(gemm, folder, a, numpy.asfortranarray(b))
            compare(gemm, folder, a.astype(a.dtype.newbyteorder(">")), b.astype(b.dtype.newbyteorder(">")))
            count += 3
    special = numpy.array([[numpy.inf, 1.0], [numpy.nan, 2.0], [3.0, 4.0]])
    compare(gemm, folder, special, numpy.array([[1.0, 0.0, 2.0], [1.0, -1.0, 0.5]]))
    generated = os.path.join(folder, "generated.npy")
    assert run(gemm, "generate", "30x40", "--dtype", "f32", "-o", generated).returncode == 0
    loaded = numpy.load(generated, allow_pickle=False)
    assert loaded.shape == (30, 40) and loaded.dtype == numpy.float32 and abs(loaded).max() <= 1
    print(f"{count + 2} products and files are as NumPy {numpy.__version__} has them")


def main():
    gemm, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    if sys.argv[3:] != ["inside"]:
        in_environment(folder)
    with tempfile.TemporaryDirectory() as files:
        check_all(gemm, files)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main()
