//! The fifty styles, in the order of their numbers.

use super::Style;
use crate::money::Cents;

/// One line each: name, department, shape, pattern, price in cents, best-known colour, and what it is.
macro_rules! styles {
    ($($name:literal, $kind:ident, $shape:ident, $pattern:ident, $cents:literal, $colour:ident, $blurb:literal;)*) => {
        [$(Style {
            name: $name,
            kind: stringify!($kind),
            shape: stringify!($shape),
            pattern: stringify!($pattern),
            price: Cents($cents),
            colour: stringify!($colour),
            blurb: $blurb,
        }),*]
    };
}

#[rustfmt::skip]
pub(super) static STYLES: [Style; 50] = styles![
    "Wool scarf", scarves, scarf, knit, 4_900, rust, "Two metres of lambswool, brushed until it stops itching. The one everybody borrows.";
    "Waxed raincoat", coats, raincoat, plain, 21_900, mustard, "Cotton drill under beeswax. Leaves the rain on the doorstep and gets better looking each year.";
    "Merino jumper", knitwear, jumper, knit, 11_900, petrol, "A round neck, long cuffs and nothing else. Fine enough for a shirt underneath, warm enough without.";
    "Canvas tote", bags, tote, canvas, 3_900, chalk, "Carries a week of bread and two library books. Stands up by itself when you put it down.";
    "Ribbed beanie", hats, beanie, rib, 2_900, moss, "Knitted in one go on an old circular frame. Turn it up once for town, twice for the sea.";
    "Oxford shirt", shirts, shirt, plain, 7_900, sky, "Washed twice before we sell it, so that it is soft on the first day and the same size on the last.";
    "Tweed coat", coats, coat, herringbone, 34_900, charcoal, "Woven in a mill with eleven looms. Half lined, three pockets, one for tickets.";
    "Corduroy trousers", trousers, trousers, cord, 9_900, camel, "Eight-wale corduroy with room at the top and a narrow hem. They whistle a little when new.";
    "Wool blanket", travel, blanket, check, 12_900, forest, "For the sofa, the back seat and the second row of an outdoor theatre.";
    "Rain boots", socks, boots, plain, 8_900, ink, "Natural rubber over a cotton lining. The sole grips on cobbles and lets go of mud.";
    "Striped tee", shirts, tee, stripe, 3_900, navy, "A boat neck and twenty-one stripes, as it should be. Heavy cotton that keeps its shape.";
    "Canvas rucksack", bags, rucksack, canvas, 13_900, sand, "One big room, one front pocket, leather where it rubs. No clips, no logo.";
    "Felt hat", hats, hat, plain, 8_900, wine, "Pressed from rabbit-free wool felt, steamed by hand. Springs back after a journey in a suitcase.";
    "Lambswool cardigan", knitwear, cardigan, knit, 12_900, oat, "Five horn buttons, two pockets for cold hands. The chair by the window, to wear.";
    "Wool mittens", scarves, mittens, knit, 3_400, terracotta, "Doubled at the palm. A cord comes with them, for those who lose things.";
    "City umbrella", travel, umbrella, plain, 6_900, plum, "Eight fibre ribs that bend in a gust and come back. The handle is one piece of beech.";
    "Flannel shirt", shirts, shirt, check, 8_400, forest, "Brushed on both sides. Warm from the first minute, like a room where somebody was before you.";
    "Quilted gilet", coats, gilet, quilt, 12_400, denim, "A thin layer of wool wadding, no sleeves. Under a coat in January, over a shirt in May.";
    "Pleated skirt", trousers, skirt, pleat, 8_900, wine, "Knife pleats that stay, a side zip that hides, and pockets that are really there.";
    "Wool socks", socks, socks, rib, 1_600, mustard, "Ribbed to the calf, with a heel that was turned by somebody who knows how.";
    "Lambswool scarf", scarves, scarf, check, 5_400, denim, "A wide check in four yarns. Folds small enough for a coat pocket.";
    "Wool coat", coats, coat, plain, 29_900, camel, "Double-faced wool without a lining, because it needs none. Falls straight to the knee.";
    "Linen shirt", shirts, shirt, plain, 8_900, sage, "Flax from the coast, spun slowly. Creases are part of it.";
    "Cable jumper", knitwear, jumper, cable, 14_900, chalk, "Three plies and a great many cables. It takes nine days to knit and forty years to wear out.";
    "Tweed cap", hats, cap, herringbone, 5_900, moss, "Cut in eight pieces from what the coats leave over.";
    "Waxed tote", bags, tote, plain, 6_900, forest, "The canvas tote's weatherproof sister, with a button and an inside pocket.";
    "Twill trousers", trousers, trousers, twill, 8_900, navy, "A straight leg in a dry cotton twill. Takes a crease if you insist.";
    "Cashmere scarf", scarves, scarf, plain, 11_900, rose, "Very little of it, and more than enough. Wash it by hand and it outlives fashion.";
    "Canvas overshirt", shirts, overshirt, canvas, 11_400, rust, "Half shirt, half jacket: four pockets, strong seams, and sleeves that roll.";
    "Striped socks", socks, socks, stripe, 1_400, plum, "Combed cotton with a stripe that is the same on both feet. We check.";
    "Merino beanie", hats, beanie, plain, 3_400, charcoal, "So fine that it fits in a fist, and warm behind the ears.";
    "Cotton raincoat", coats, raincoat, twill, 18_900, sand, "Woven so tightly that water gives up. A belt, a storm flap, deep pockets.";
    "Heavy tee", shirts, tee, plain, 3_400, terracotta, "Two hundred and forty grams of cotton. Hangs like a shirt and washes like a tee.";
    "Duffle coat", coats, coat, twill, 27_900, navy, "Thick boiled wool, a hood and toggles for gloved fingers.";
    "Shetland cardigan", knitwear, cardigan, rib, 13_400, forest, "A hairy, honest yarn from small sheep on windy islands.";
    "Plaid blanket", travel, blanket, plaid, 14_900, wine, "Two colours that have got on for two hundred years. Fringed by hand on both ends.";
    "Linen cap", hats, cap, plain, 4_400, sand, "Unlined and light. Keeps the sun out of a book.";
    "Cotton jumper", knitwear, jumper, stripe, 8_900, sky, "For the evening when it's too warm for wool and too late for a shirt.";
    "Waxed rucksack", bags, rucksack, plain, 17_900, petrol, "Rolls down over a wet towel or up over a week's shopping.";
    "Tweed skirt", trousers, skirt, herringbone, 9_400, charcoal, "Cut on the bias from the cloth of the coat, with a silk lining.";
    "Poplin shirt", shirts, shirt, stripe, 7_400, blush, "Crisp in the morning and still civil at night.";
    "Wool waistcoat", knitwear, waistcoat, herringbone, 8_900, moss, "Six buttons, of which the last stays open. A back of plain cotton.";
    "Linen scarf", scarves, scarf, stripe, 4_400, sky, "Open weave for summer evenings, and for the train's air conditioning.";
    "Dotted socks", socks, socks, dot, 1_400, navy, "Dots you only see when the trousers ride up.";
    "Linen trousers", trousers, trousers, plain, 9_400, sage, "A drawstring inside, a proper waistband outside. Made for long tables under trees.";
    "Dotted tee", shirts, tee, dot, 3_600, sage, "Dots printed by hand, so no two are quite as round.";
    "Wool overshirt", shirts, overshirt, plaid, 14_400, rust, "Felted a little, so that the edges need no hem. Big enough for a jumper below.";
    "Cable waistcoat", knitwear, waistcoat, cable, 9_900, oat, "A jumper that left its sleeves at the cloakroom.";
    "Walking umbrella", travel, umbrella, check, 7_900, forest, "Long enough to lean on. The ferrule is brass, the tip can be replaced.";
    "Party hat", hats, hat, dot, 9_400, ink, "The felt hat, for people who like to be found in a crowd.";
];
