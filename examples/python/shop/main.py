import csv
import os
import sys

from shop.money import convert

currency = sys.argv[1] if len(sys.argv) > 1 else "EUR"
with open(os.path.join(os.path.dirname(__file__), "prices.csv")) as prices:
    for name, cents in csv.reader(prices):
        print(f"{name:6} {convert(int(cents), currency) / 100:.2f} {currency}")
