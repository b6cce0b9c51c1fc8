"""One flight, one prediction: an evening flight to Chicago in the rain."""

from __future__ import annotations

import pandas as pd

from open_mlops.releases import serving

flight = pd.DataFrame(
    [
        {
            "carrier": "UA",
            "origin": "EWR",
            "dest": "ORD",
            "weekday": 4.0,  # Friday
            "departure_minute": 18 * 60.0,
            "arrival_minute": 19 * 60 + 40.0,
            "distance": 719.0,
            "temp": 41.0,
            "dewp": 39.0,
            "humid": 92.5,
            "wind_dir": 60.0,
            "wind_speed": 16.1,
            "wind_gust": 26.5,
            "precip": 0.08,
            "pressure": 1004.2,
            "visib": 2.5,
        }
    ]
)
_, late = serving().predict("flights", flight)["predictions"][0]
print(f"The probability that this flight arrives more than 15 minutes late is {late:.1%}")
