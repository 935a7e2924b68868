"""All benchmarks that need no data from elsewhere; the others say what they need.

python -m tests.bench
"""

from tests.bench import bench_corpus, bench_floors, bench_path, bench_retrieval

if __name__ == "__main__":
    bench_path.main()
    bench_retrieval.main()
    bench_floors.main()
    bench_corpus.main()
    print("\nThese need a folder of evaluation sets: python -m tests.bench.bench_encoder --eval DIR")
